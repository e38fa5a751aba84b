/** A call's story: one French sentence for each decision, with its reason. */
import type { Fact } from '../routing/facts.js'

/** How people and places are called. */
export interface Names {
  readonly queue: (id: string) => string
  readonly agent: (id: string) => string
  readonly duration: (ms: number) => string
}

const queued: Readonly<Record<Extract<Fact, { type: 'queued' }>['why'], string>> = {
  arrival: 'à son arrivée',
  transfer: 'par transfert',
  'transfer-returned': 'de retour d’un transfert que personne n’a pris',
  'agent-lost': 'en tête, car l’agent a perdu la ligne',
  'nobody-came': 'car personne n’est venu au niveau 2',
  'queue-closed': 'car sa file a fermé',
  'back-from-fallback': 'de retour du secours',
  'parked-too-long': 'car il était en garde depuis trop longtemps',
  'owner-left': 'car l’agent qui l’avait en garde est parti',
  rechecked: 'à sa place, après un mot',
  'to-call-back': 'à rappeler : il a raccroché',
  'call-again': 'à rappeler de nouveau',
  'guest-lost': 'en tête, car le tiers a perdu la ligne',
  moved: 'déplacé par un superviseur',
  'callback-unreached': 'à rappeler par un ARM, en dernier essai',
}

const missed: Readonly<Record<Extract<Fact, { type: 'missed' }>['why'], string>> = {
  'no-answer': 'n’a pas décroché',
  busy: 'était occupé',
  refused: 'a refusé',
  unreachable: 'était injoignable',
  failed: 'n’a pas pu être appelé',
  withdrawn: 'n’a plus eu à répondre',
  'not-connected': 'a décroché sans que le son s’établisse',
}

const chosen = (why: Extract<Fact, { type: 'offered' }>['why']): string => {
  switch (why.rule) {
    case 'sender':
      return 'qui l’avait envoyé'
    case 'longest-idle':
      return why.free === 1 ? 'seul disponible' : `libre depuis le plus longtemps des ${why.free} disponibles`
    case 'ring-all':
      return why.free === 1 ? 'seul disponible' : `l’un des ${why.free} qui sonnent ensemble`
    case 'picked':
      return why.ahead === 0 ? 'qui l’a choisi' : `qui l’a choisi avant ${why.ahead} autres`
    case 'named':
      return 'à qui il est adressé'
    case 'recheck':
      return 'pour un mot d’attente'
    case 'outgoing':
      return 'qui passe l’appel'
  }
}

/** Null for what is no decision about the caller's way, or says nothing to people. */
export const sentence = (fact: Fact, { queue, agent, duration }: Names): string | null => {
  switch (fact.type) {
    case 'presented':
      return `Arrivé par le ${fact.number}, présumé ${fact.class}.`
    case 'received':
      return `Reçu du ${agent(fact.from)}, présumé ${fact.class}.`
    case 'offered-away':
      return `Proposé au ${agent(fact.neighbour)}, à sa place ici.`
    case 'stayed':
      return `Reste ici : le ${agent(fact.neighbour)} ne l’a pas pris.`
    case 'given':
      return `Le ${agent(fact.neighbour)} décroche après ${duration(fact.waitMs)}.`
    case 'called-out':
      return `${agent(fact.agent)} appelle à l’extérieur.`
    case 'not-reached':
      return 'Le correspondant n’est pas joint.'
    case 'queued':
      return `Entre dans la file ${queue(fact.queue)} ${queued[fact.why]} ; ${fact.waiting < 2 ? 'personne d’autre n’attend' : `${fact.waiting} attendent`}.`
    case 'offered':
      return `Sonne chez ${agent(fact.agent)}, ${chosen(fact.why)}.`
    case 'missed':
      return `${agent(fact.agent)} ${missed[fact.why]}.`
    case 'picked-up':
      return `${agent(fact.agent)} décroche après ${duration(fact.waitMs)}.`
    case 'qualified':
      return `${agent(fact.agent)} donne la priorité ${fact.priority}.`
    case 'transfer-started':
      return `${agent(fact.agent)} transfère vers ${queue(fact.to)}, ${fact.handover === 'warm' ? 'en restant avec l’appelant' : 'directement'}.`
    case 'transfer-taken':
      return `${agent(fact.by)} prend le transfert de ${agent(fact.from)} après ${duration(fact.waitMs)}.`
    case 'transfer-returned':
      return fact.why === 'nobody' ? `Personne n’a pris le transfert : retour à ${agent(fact.to)}.` : `${agent(fact.to)} annule le transfert.`
    case 'escalated':
      return `Attend depuis ${duration(fact.waitMs)} : du renfort est appelé.`
    case 'recheck-due':
      return `Attend depuis ${duration(fact.waitMs)} : un ARM doit lui dire un mot.`
    case 'parked':
      return `${agent(fact.agent)} met l’appelant en garde.`
    case 'left':
      return fact.why === 'lost' ? `La ligne de ${agent(fact.agent)} est perdue.` : `${agent(fact.agent)} quitte l’appel.`
    case 'guest-called':
      return `${agent(fact.agent)} appelle un tiers${fact.aside ? ', à part' : ''}.`
    case 'guest-joined':
      return 'Le tiers est en ligne.'
    case 'callback-agreed':
      return 'L’appelant accepte d’être rappelé.'
    case 'called-back':
      return `${agent(fact.agent)} le rappelle.`
    case 'recording-began':
      return 'La conversation est enregistrée.'
    case 'recording-failed':
      return 'L’enregistrement a échoué.'
    case 'to-fallback':
      return fact.why === 'queue-full' ? 'La file est pleine : le secours le prend.' : 'Aucun moteur ne décidait : le secours le prend.'
    case 'ended':
      return fact.why === 'caller-left' ? 'L’appelant a raccroché.' : 'L’appel est terminé.'
    default:
      return null
  }
}
