/** What a canary wants of the rules: an entry, a queue and a person of its own, in nobody's way. */
import { CANARY, type CallClass, type QueueRules, type Rules } from '../routing/rules.js'
import { outsideOf } from '../sip-endpoints.js'

/** The role of nobody else. */
const CANARY_ROLE = 'CANARY'
/** What the person's phone is dialled as, see asterisk/extensions.conf. */
const ROBOT = 'robot'

/** Far longer than a canary's caller stays: it goes on to nobody. */
const never = 3_600_000
const ofAll = (ms: number): Record<CallClass, number> => ({ SIS: ms, P0: ms, P1: ms, P2: ms })

const queue: QueueRules = {
  id: CANARY,
  position: CANARY,
  roles: [CANARY_ROLE],
  skills: [],
  open: true,
  mode: 'longest-idle',
  ringMs: 5_000,
  asideMs: 1_000,
  wrapUpMs: 0,
  escalateMs: ofAll(never),
  reinforcedBy: [],
  returnMs: ofAll(never),
  recheckMs: ofAll(0),
  positionMs: 0,
}

/** The same rules with a canary's. Not among the filières, nor among the lines that fill up. */
export const canaryRules = (rules: Rules): Rules => ({
  ...rules,
  people: [...rules.people, { id: CANARY, roles: [CANARY_ROLE], skills: [], phone: outsideOf(ROBOT, CANARY), home: CANARY, always: true }],
  queues: new Map([...rules.queues, [CANARY, queue]]),
  routes: new Map([...rules.routes, [CANARY, CANARY]]),
  entries: new Map([...rules.entries, [`${CANARY}/${CANARY}`, { queue: CANARY, class: 'P2', wait: 'ringing', greeting: null, orientation: rules.orientation }]]),
})
