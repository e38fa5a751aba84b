/**
 * What two SAS say to each other, in the names of NENA i3 (NENA-STA-010.3: ServiceState 2.4.2, QueueState 4.2.1.3, their registries
 * 10.12 and 10.17), which ETSI TS 103 479 shares. What i3 has no name for stands beside them: `staffed`, `free`, `expectedWaitSeconds`,
 * and reservations. Fields that nobody here knows are ignored. docs/neighbours.md has it for the other side.
 */
import { z } from 'zod'
import { readJson } from '../read-json.js'
import type { NeighbourState, PositionState, ReservationAsk, ReservationRefusal } from '../routing/events.js'

/** What a SAS says of itself. */
export interface OwnState extends NeighbourState {
  /** Callers who may wait at one position. */
  readonly queueLengthMax: number
}

export const paths = { state: '/v1/state', reservations: '/v1/reservations' } as const

/** A state is about 200 bytes for each position. */
export const stateBytesMax = 64 * 1024
export const askBytesMax = 4 * 1024
const queuesMax = 64
const visitedMax = 16

const name = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/)
const count = z.int().min(0).max(1_000_000)

type ServiceState = 'Normal' | 'Unstaffed' | 'Overloaded' | 'Down'
type QueueState = 'Active' | 'Inactive' | 'Full' | 'Disabled'

/** States in which i3 lets calls be sent there. */
const takesCalls = new Set(['Normal', 'Partial', 'MajorIncidentInProgress', 'ScheduledMaintenanceAvailable'])
/** Somebody answers, but calls must go elsewhere. A state that is in neither set is one that nobody knows: Down. */
const takesNone = new Set(['Unstaffed', 'Overloaded'])
/** `Inactive` is a queue with nobody at it: `staffed` says so. */
const openQueue = new Set(['Active', 'Standby', 'Inactive'])

const stateSchema = z.object({
  serviceState: z.object({
    service: z.object({ name: z.string().max(64), domain: z.string().max(255) }),
    serviceState: z.object({ state: z.string().max(64) }),
  }),
  queues: z
    .array(
      z.object({
        queueUri: z.string().max(320),
        state: z.string().max(64),
        queueLength: count,
        queueMaxLength: count,
        staffed: count.optional(),
        free: count.optional(),
        expectedWaitSeconds: z.number().min(0).max(86_400).nullish(),
      }),
    )
    .max(queuesMax),
})
type Queue = z.infer<typeof stateSchema>['queues'][number]

/** The message that tells `state`; null is Down. */
export const writeState = (sas: string, state: OwnState | null): string => {
  const queues = state ? Object.entries(state.positions).map(([position, one]) => writeQueue(sas, position, one, state.queueLengthMax)) : []
  const serviceState = { state: serviceStateOf(state, queues), reason: '' }
  return JSON.stringify({ serviceState: { service: { name: 'PSAP', domain: sas }, serviceState }, queues })
}

const writeQueue = (sas: string, position: string, one: PositionState, max: number): Queue & { readonly state: QueueState } => ({
  queueUri: `sip:${position}@${sas}`,
  state: queueStateOf(one, max),
  queueLength: one.waiting,
  queueMaxLength: max,
  staffed: one.staffed,
  free: one.free,
  expectedWaitSeconds: one.expectedWaitMs === null ? null : Math.ceil(one.expectedWaitMs / 1_000),
})

const serviceStateOf = (state: OwnState | null, queues: readonly { readonly state: QueueState }[]): ServiceState => {
  if (!state) return 'Down'
  if (Object.values(state.positions).every(({ staffed }) => staffed === 0)) return 'Unstaffed'
  const open = queues.filter((queue) => queue.state !== 'Disabled')
  return open.length > 0 && open.every((queue) => queue.state === 'Full') ? 'Overloaded' : 'Normal'
}

const queueStateOf = ({ open, waiting, staffed }: PositionState, max: number): QueueState => {
  if (!open) return 'Disabled'
  if (waiting >= max) return 'Full'
  return staffed === 0 ? 'Inactive' : 'Active'
}

/** What a neighbour says of itself. `malformed` is no word of its state, and no sign of life either. */
export const readState = (text: string): { readonly state: NeighbourState | null } | 'malformed' => {
  const read = readJson(stateSchema, text)
  if (!read) return 'malformed'
  const { state } = read.serviceState.serviceState
  if (!takesCalls.has(state) && !takesNone.has(state)) return { state: null }
  const positions = read.queues.flatMap((queue) => {
    const position = positionOf(queue.queueUri)
    return position === null ? [] : [[position, readQueue(queue, takesCalls.has(state))] as const]
  })
  return { state: { positions: Object.fromEntries(positions) } }
}

/** Who says nothing of people is taken to have none, and is asked for nobody. */
const readQueue = ({ state, queueLength, staffed = 0, free = 0, expectedWaitSeconds }: Queue, serviceTakes: boolean): PositionState => ({
  open: serviceTakes && openQueue.has(state),
  free,
  staffed,
  waiting: queueLength,
  expectedWaitMs: expectedWaitSeconds == null ? null : Math.ceil(expectedWaitSeconds * 1_000),
})

/** A queue under a name that no position of ours can have is somebody else's business. */
const positionOf = (queueUri: string): string | null => {
  const user = /^sips?:([^@]+)@[^@]+$/.exec(queueUri)?.[1]
  return user !== undefined && name.safeParse(user).success ? user : null
}

/** Under 128 random bits, which nobody guesses. */
export const reservationId = z.string().regex(/^[A-Za-z0-9_-]{22,64}$/)
const classes = z.enum(['SIS', 'P0', 'P1', 'P2'])
const askSchema = z.object({ id: reservationId, position: name, class: classes, visited: z.array(name).max(visitedMax), mayWait: z.boolean() })

export const writeAsk = (id: string, ask: ReservationAsk): string => JSON.stringify({ id, ...ask })

/** Null when it is malformed. */
export const readAsk = (text: string): { readonly id: string; readonly ask: ReservationAsk } | null => {
  const read = readJson(askSchema, text)
  if (!read) return null
  const { id, ...ask } = read
  return { id, ask }
}

const refusals: readonly ReservationRefusal[] = ['unknown-neighbour', 'not-taken', 'refused', 'loop', 'full', 'busy', 'unreachable']
/** A word that is not known here refuses all the same. */
const refusalSchema = z.object({ why: z.enum(refusals).catch('refused') })

export const writeRefusal = (why: ReservationRefusal): string => JSON.stringify({ why })

/** Null when it is malformed. */
export const readRefusal = (text: string): ReservationRefusal | null => readJson(refusalSchema, text)?.why ?? null
