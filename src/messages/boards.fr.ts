/** What the values of labels are called on the boards. */
import { ABANDON_EDGES_MS } from '../indicators/call-counts.js'
import type { FallbackReason } from '../routing/facts.js'
import type { ReservationRefusal } from '../routing/events.js'
import { agentStateLabels, missLabels, situationLabels } from '../messages.fr.js'

const fallbackReasons: Readonly<Record<FallbackReason, string>> = { 'queue-full': 'file pleine', 'no-engine': 'sans moteur' }

const reservationAnswers: Readonly<Record<ReservationRefusal | 'promised', string>> = {
  promised: 'promise',
  'unknown-neighbour': 'voisin inconnu',
  'not-taken': 'pas reprise',
  refused: 'refusée',
  loop: 'déjà passé ici',
  full: 'complet',
  busy: 'trop d’attente ici',
  unreachable: 'injoignable',
}

const edges = ABANDON_EDGES_MS.map((ms) => ms / 1_000)
const delays: Readonly<Record<string, string>> = Object.fromEntries([...edges.map((edge) => [`under_${edge}s`, `en moins de ${edge} s`]), [`over_${edges.at(-1)}s`, `après ${edges.at(-1)} s`]])

/** By what is told, each value of its label in words. */
export const boardLabels = {
  situation: { ...situationLabels, accompanied: 'accompagnés' },
  state: agentStateLabels,
  delay: delays,
  fallback: fallbackReasons,
  missed: missLabels,
  neighbourStep: { offered: 'proposés', stayed: 'restés ici', given: 'donnés', received: 'reçus', refused: 'refusés' },
  direction: { given: 'donnés', received: 'reçus' },
  reservation: reservationAnswers,
  transfer: { started: 'commencés', taken: 'pris', returned: 'revenus' },
  callback: { agreed: 'convenus', away: 'raccrochés', called: 'rappelés', missed: 'manqués' },
  guest: { called: 'appelés', joined: 'entrés', left: 'sortis' },
  signIn: { 'wrong-password': 'mot de passe faux', 'forged-token': 'jeton faux', 'token-reused': 'témoin réutilisé' },
  part: { ari: 'autocommutateur (ari)', redis: 'Redis', lease: 'salle (lease)', recorder: 'enregistreur' },
  archivePart: { redis: 'Redis', disk: 'disque', journal: 'journal' },
  report: { made: 'établis', failed: 'à refaire', dead: 'abandonnés' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>
