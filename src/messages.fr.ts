/** Every sentence and label that ARMs, regulators and supervisors may read, in one place. */
import type { GoneCause, Refusal } from './routing/events.js'
import type { AgentState, Situation } from './routing/room.js'

/** Why a request was not carried out: refusals of the core, then what the API itself refuses. */
export type ErrorCode =
  | Refusal
  | 'unavailable'
  | 'still-reading'
  | 'bad-configuration'
  | 'unknown-link'
  | 'unknown-delivery'
  | 'recordings-not-here'
  | 'unknown-recording'
  | 'recording-open'
  | 'bad-range'
  | 'audit-away'
  | 'recordings-away'
  | 'key-reused'
  | 'malformed'
  | 'unauthorized'
  | 'bad-credentials'
  | 'session-over'
  | 'sign-in-off'
  | 'forbidden'
  | 'foreign-origin'
  | 'too-many-attempts'
  | 'too-many-requests'
  | 'unknown-route'
  | 'too-large'
  | 'unsupported-media'
  | 'internal'

export const errorMessages: Readonly<Record<ErrorCode, string>> = {
  'unknown-agent': 'Cet agent n’existe pas dans la configuration du SAS.',
  'unknown-call': 'Cet appel n’existe pas ou est déjà terminé.',
  'unknown-position': 'Cette position ou cette filière n’existe pas.',
  'unknown-pause-reason': 'Ce motif de pause n’est pas prévu par la configuration.',
  'not-signed-in': 'L’agent n’a pas pris son poste.',
  'not-qualified-for-position': 'L’agent n’a aucun rôle qui serve cette position.',
  'not-on-call': 'L’agent n’est pas en ligne sur cet appel.',
  'already-qualified': 'L’appel a déjà reçu une priorité.',
  'transfer-pending': 'Un transfert de cet appel est déjà en cours.',
  'no-transfer-pending': 'Aucun transfert de cet appel n’est en cours.',
  'caller-would-be-alone': 'L’appelant se retrouverait seul : transférez l’appel ou raccrochez.',
  'unknown-target': 'Ce qui est visé n’existe pas, ou n’a plus de dérogation.',
  'bad-end': 'La fin de la dérogation doit être dans l’avenir, et dans quatorze jours au plus.',
  'no-next-stage': 'Cette filière n’a pas d’étape suivante ouverte en ce moment.',
  'no-return-path': 'Cette filière ne prévoit pas de retour : transférez l’appel à une filière.',
  'not-free': 'L’agent n’est pas disponible pour prendre un appel.',
  'not-waiting': 'L’appelant n’attend pas : quelqu’un est en ligne avec lui, ou le secours.',
  'already-rung': 'Un téléphone sonne déjà pour cet appelant.',
  'not-serving-queue': 'L’agent ne sert pas la file de cet appelant depuis sa position.',
  'reason-required': 'Cet appelant n’est pas le prochain de l’agent : indiquez un motif.',
  'others-on-call': 'D’autres agents sont en ligne avec l’appelant : quittez l’appel.',
  'not-dialable': 'Le numéro manque, ou n’est ni au répertoire ni de ceux que le SAS appelle.',
  'no-line-left': 'Les dernières lignes sont gardées pour les appels d’urgence : rappelez dans un instant.',
  'conference-full': 'Il n’y a plus de place pour un autre correspondant : libérez-en un d’abord.',
  'no-consultation': 'L’appelant n’est pas en attente d’une consultation.',
  'no-callback': 'Cet appelant n’est pas à rappeler.',
  'nobody-on-line': 'Aucun agent n’est en ligne avec cet appelant.',
  'has-a-place': 'L’appelant garde sa place dans une file : renvoyez-le vers elle.',
  unavailable: 'Le moteur ne décide pas en ce moment : il est en attente ou se reconnecte. Réessayez dans un instant.',
  'still-reading': 'Le journal est en cours de relecture : les indicateurs seront là dans un instant.',
  'bad-configuration': 'Le fichier du SAS a des fautes : rien n’a changé.',
  'unknown-link': 'Ce lien n’est pas dans le fichier du SAS.',
  'unknown-delivery': 'Cet envoi n’est pas de ceux qui ont été abandonnés.',
  'recordings-not-here': 'Ce moteur n’a pas accès aux enregistrements : DECROCHE_RECORDINGS_DIR n’est pas renseignée.',
  'unknown-recording': 'Cet enregistrement n’existe pas, ou plus.',
  'recording-open': 'Cet enregistrement est encore en cours.',
  'bad-range': 'Cette partie de l’enregistrement n’existe pas.',
  'recordings-away': 'Le disque des enregistrements ne répond pas, ou ne se laisse pas lire : réessayez dans un instant.',
  'audit-away': 'Cet accès ne peut pas être consigné : rien n’est communiqué. Réessayez dans un instant.',
  'key-reused': 'Cette clé d’idempotence a déjà servi pour une autre demande.',
  malformed: 'La demande est mal formée.',
  unauthorized: 'Le jeton d’accès manque, a expiré ou n’est pas valable.',
  'bad-credentials': 'Compte ou mot de passe incorrect.',
  'session-over': 'La session est terminée : connectez-vous de nouveau.',
  'sign-in-off': 'La connexion n’est pas activée sur ce moteur.',
  forbidden: 'Vos droits ne permettent pas cette action.',
  'foreign-origin': 'La demande vient d’un autre site : elle est refusée.',
  'too-many-attempts': 'Trop d’essais : patientez avant de réessayer.',
  'too-many-requests': 'Trop de demandes en peu de temps : patientez un instant.',
  'unknown-route': 'Cette adresse n’existe pas.',
  'too-large': 'La demande est trop volumineuse.',
  'unsupported-media': 'La demande doit être en JSON (application/json).',
  internal: 'Erreur interne du moteur. L’incident est consigné.',
}

export const situationLabels: Readonly<Record<Situation, string>> = {
  waiting: 'en attente',
  ringing: 'sonnerie',
  parked: 'en garde',
  talking: 'en ligne',
  fallback: 'au secours',
  'to-call-back': 'à rappeler',
}

export const agentStateLabels: Readonly<Record<AgentState['kind'], string>> = {
  'signed-out': 'absent',
  ready: 'disponible',
  paused: 'en pause',
  aside: 'mis de côté',
  offered: 'sonnerie',
  talking: 'en ligne',
  'wrap-up': 'post-appel',
}

/** Why a person was set aside after a ring that nobody answered. */
export const missLabels: Readonly<Record<string, string>> = {
  'no-answer': 'sans réponse',
  busy: 'occupé',
  refused: 'refusé',
  unreachable: 'injoignable',
  failed: 'échec',
  withdrawn: 'retiré',
  'not-connected': 'mise en relation échouée',
  'line-lost': 'ligne perdue',
}

/** How somebody outside was not reached. */
export const goneLabels: Readonly<Record<GoneCause, string>> = {
  normal: 'a raccroché',
  elsewhere: 'pris ailleurs',
  busy: 'occupé',
  refused: 'appel refusé',
  'no-answer': 'sans réponse',
  unreachable: 'injoignable',
  failed: 'échec de la ligne',
}

/** The status command's words. */
export const statusLabels = {
  queue: 'File',
  waiting: 'Attente',
  ringing: 'Sonnerie',
  accompanied: 'Accompagnés',
  oldest: 'Plus ancien',
  free: 'Disponibles',
  trunk: 'Faisceau',
  calls: 'Appels',
  channels: 'Voies',
  reserved: 'Réservées',
  call: 'Appel',
  number: 'Numéro',
  class: 'Classe',
  situation: 'Situation',
  wait: 'Attente',
  recheckDue: 'à réévaluer',
  with: 'Avec',
  agent: 'Agent',
  roles: 'Rôles',
  position: 'Position',
  site: 'Site',
  state: 'État',
  since: 'Depuis',
  noCalls: 'Aucun appel en cours.',
  noAgents: 'Aucun agent connu.',
  noEngine: 'aucun moteur ne tient la salle',
  heldBy: (owner: string): string => `salle tenue par ${owner}`,
  callCount: (count: number): string => (count < 2 ? `${count} appel en cours` : `${count} appels en cours`),
  alarm: (guard: string, present: number, min: number): string => `ALARME : ${guard} (${present} sur ${min})`,
  corrupt: (count: number): string =>
    count === 1 ? 'Un enregistrement est illisible.' : `${count} enregistrements sont illisibles.`,
  counts: (presented: number, answered: number, abandoned: number, fallback: number): string =>
    `Appels présentés ${presented}, décrochés ${answered}, abandonnés ${abandoned}, rendus au secours ${fallback}`,
  abandons: (under10s: number, under30s: number, under60s: number, under120s: number, over120s: number): string =>
    `Abandons : ${under10s} avant 10 s, ${under30s} de 10 à 30 s, ${under60s} de 30 à 60 s, ${under120s} de 1 à 2 min, ${over120s} après 2 min`,
  quality: (qs30: string, ofPresented: string, qs60: string): string =>
    `QS30 ${qs30} (des présentés : ${ofPresented}), QS60 ${qs60}`,
  orientation: (inTime: string, p0: number, p1: number, p2: number): string =>
    `Orientés à temps ${inTime} ; P0 ${p0}, P1 ${p1}, P2 ${p2}`,
  transfers: (started: number, taken: number, returned: number): string =>
    `Transferts demandés ${started}, pris ${taken}, revenus ${returned}`,
} as const

/** Why the status command has nothing to show. */
export const noStatusMessages = {
  'redis-silent': (address: string): string => `Redis ne répond pas (${address}).`,
  'redis-refused': (address: string): string =>
    `Redis refuse l’accès (${address}) : vérifiez l’utilisateur et le mot de passe de DECROCHE_REDIS_URL.`,
  'no-sas': (): string => 'Ce Redis ne connaît encore aucun SAS : aucun moteur n’y a jamais tenu de salle.',
  'unknown-sas': (_: string, known: readonly string[]): string =>
    known.length === 0
      ? 'Ce Redis ne connaît aucun SAS.'
      : `Ce Redis ne connaît pas ce SAS ; il connaît : ${known.join(', ')}.`,
  'several-sas': (_: string, known: readonly string[]): string =>
    `Ce Redis connaît plusieurs SAS : précisez --sas (${known.join(', ')}).`,
} as const

export { sentence, type Names } from './messages/story.fr.js'
export { webLabels } from './messages/web.fr.js'
