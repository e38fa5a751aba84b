/**
 * The room as it changes, for whoever watches: a snapshot, then each change in order. Decisions are only noted when they are settled;
 * what they changed is looked at afterwards, a slice at a time, so that nobody's call waits for those who watch. Several decisions
 * that were settled meanwhile are one change.
 *
 * Whoever comes to see other callers than before (sits elsewhere, signed in) gets a snapshot again, and so does everybody when the
 * rules change.
 */
import { EventEmitter } from 'node:events'
import { randomUUID } from 'node:crypto'
import type { Principal } from '../auth/principal.js'
import { NotPublic } from '../indicators/not-public.js'
import type { Fact } from '../routing/facts.js'
import { isAway, type Agent } from '../routing/room.js'
import { CANARY } from '../routing/rules.js'
import type { Outcome } from '../routing/step.js'
import { viewKnownRoom, type LiveRoom } from '../status/known-call.js'
import { RoomTally } from '../status/room-tally.js'
import { viewAgent } from '../status/room-view.js'
import type { SupervisionView } from '../status/supervision.js'
import { Change, sightOf, type Sight } from './change.js'
import { Past } from './past.js'

/** What a page must know of the SAS to show it. */
export interface SasView {
  readonly id: string
  readonly name: string
  readonly positions: readonly { readonly id: string; readonly label: string }[]
  readonly queues: readonly { readonly id: string; readonly position: string }[]
  readonly pauseReasons: readonly string[]
  /** Who outside is called by name. */
  readonly directory: readonly { readonly id: string; readonly label: string }[]
  readonly entries: readonly { readonly trunk: string; readonly number: string; readonly departement: string | null }[]
  /** Other SASs, and the rules by which calls are given to them. */
  readonly neighbours: readonly { readonly id: string; readonly label: string }[]
  readonly giving: readonly { readonly id: string; readonly label: string }[]
  readonly quality: { readonly answerMs: number; readonly orientationMs: number }
}

export interface FeedRoom extends Pick<LiveRoom, 'calls' | 'agents' | 'earlierCalls'> {
  names(): Pick<LiveRoom, 'queues' | 'trunks' | 'sites'>
}

export interface FeedSource {
  /** Null while this engine holds no room. */
  room(): FeedRoom | null
  supervision(): SupervisionView | null
  sas(): SasView
  /** Milliseconds since the epoch, as the room counts them. */
  now(): number
}

/** Where somebody stopped watching. */
export interface Resume {
  readonly feed: string
  readonly seq: number
}

/** Somebody who watches. */
export interface Watcher {
  readonly principal: Principal
  /** A whole message in UTF-8. */
  send(text: Buffer): void
}

export interface FeedEvents {
  /** Nothing can be shown any more: a fault, or the engine ended. */
  failed: [error: unknown]
  closed: []
}

interface Place {
  sight: Sight
  /** The last change they have; null while a snapshot is due. */
  seq: number | null
  resume: Resume | null
}

/** Changes kept for who comes back. */
const pastMax = 2_000
const pastSizeMax = 16 * 1024 * 1024
/** Watchers are told for so long in one go, before what came in meanwhile is read. */
const sliceMs = 0.5

const ofStaffing: ReadonlySet<Fact['type']> = new Set(['rules-changed', 'override-set', 'override-ended', 'understaffed', 'staffed-again', 'giving-began', 'giving-ended', 'neighbour-seen', 'offered-away', 'stayed', 'given', 'received', 'ended', 'recording-failed', 'recording-ended'])

export class Feed extends EventEmitter<FeedEvents> {
  /** Another for each engine. */
  readonly id: string = randomUUID()
  readonly #source: FeedSource
  readonly #past = new Past(pastMax, pastSizeMax)
  readonly #watchers = new Map<Watcher, Place>()
  /** Whose snapshot is due. */
  readonly #due = new Set<Watcher>()
  #seq = 0
  /** Null until the first look at the room. */
  #tally: RoomTally | null = null
  /** As the tally was made for: asked for again when rules change. */
  #names: Pick<LiveRoom, 'queues' | 'trunks' | 'sites'> = { queues: [], trunks: [], sites: {} }
  /** What people were when they were last looked at. */
  readonly #known = new Map<string, { readonly seat: string; readonly presence: string }>()
  /** The last change before which somebody saw other callers than now. */
  readonly #seatedAt = new Map<string, number>()
  /** As it was last told. */
  #supervision: SupervisionView | null = null
  readonly #notPublic = new NotPublic()
  /** Calls of the canary's that are not over. */
  readonly #canaries = new Set<string>()
  readonly #calls = new Set<string>()
  readonly #agents = new Set<string>()
  #facts: Fact[] = []
  #sending: { readonly change: Change; readonly rest: Iterator<[Watcher, Place]> } | null = null
  #scheduled: NodeJS.Immediate | null = null

  constructor(source: FeedSource) {
    super()
    this.#source = source
  }

  /** Whether there is a room to watch. */
  get isOpen(): boolean {
    return this.#source.room() !== null
  }

  /** A decision is settled. Of the canary nobody is told. */
  note({ calls, agents, facts, overrides }: Outcome): void {
    if (calls.size === 0 && agents.size === 0 && facts.length === 0 && overrides === null) return
    for (const [id, call] of calls) {
      if (call?.trunk === CANARY) this.#canaries.add(id)
      else if (call !== null || !this.#canaries.delete(id)) this.#calls.add(id)
    }
    for (const id of agents.keys()) if (id !== CANARY) this.#agents.add(id)
    for (const fact of facts) if (this.#notPublic.kindOf(fact) !== 'canary') this.#facts.push(fact)
    this.#schedule()
  }

  /** Something is known of a call that no decision told. */
  noteCall(id: string): void {
    if (!this.#source.room()?.calls.has(id)) return
    this.#calls.add(id)
    this.#schedule()
  }

  /** From now on, or from where they stopped. @returns false for whom the feed is not */
  watch(watcher: Watcher, resume: Resume | null = null): boolean {
    const sight = sightOf(watcher.principal)
    if (sight === null) return false
    this.#watchers.set(watcher, { sight, seq: null, resume })
    this.#due.add(watcher)
    this.#schedule()
    return true
  }

  leave(watcher: Watcher): void {
    this.#watchers.delete(watcher)
    this.#due.delete(watcher)
  }

  /** The engine has the room no longer: whoever watches looks for the one that has. */
  close(): void {
    this.#drop()
    this.emit('closed')
  }

  #drop(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#scheduled = null
    this.#watchers.clear()
    this.#due.clear()
    this.#sending = null
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = null
      try {
        if (this.#work()) this.#schedule()
      } catch (error) {
        // A fault here is the watchers' trouble, not the callers'.
        this.#drop()
        this.#tally = null
        this.#past.clear()
        this.emit('failed', error)
      }
    })
  }

  /** One slice. @returns whether there is more */
  #work(): boolean {
    const room = this.#source.room()
    if (!room) return false
    if (!this.#tally) this.#begin(room)
    if (this.#sending) this.#send(room, this.#sending.change, this.#sending.rest)
    else if (this.#calls.size > 0 || this.#agents.size > 0 || this.#facts.length > 0) this.#makeChange(room)
    else this.#serveNext(room)
    return this.#sending !== null || this.#facts.length > 0 || this.#calls.size > 0 || this.#agents.size > 0 || this.#due.size > 0
  }

  /** Looks at the whole room: at first, and when the rules changed. */
  #begin(room: FeedRoom): void {
    const { queues, trunks, sites } = room.names()
    this.#names = { queues: [...queues], trunks: [...trunks], sites }
    this.#tally = RoomTally.of(room.calls.values(), room.agents.values(), this.#names.queues, this.#names.trunks)
    this.#known.clear()
    for (const agent of room.agents.values()) this.#known.set(agent.id, stateOf(agent))
    this.#tally.changedQueues(0)
    this.#tally.changedTrunks()
    this.#supervision = this.#source.supervision()
  }

  #makeChange(room: FeedRoom): void {
    const [calls, agents, facts] = [[...this.#calls], [...this.#agents], this.#facts]
    this.#calls.clear()
    this.#agents.clear()
    this.#facts = []
    // Or somebody whom the rules name no more went, after the call they were on.
    const staffChanged = facts.some(({ type }) => type === 'rules-changed') || agents.some((id) => !room.agents.has(id))
    const at = this.#source.now()
    const seq = ++this.#seq
    for (const id of calls) this.#tally?.putCall(id, room.calls.get(id) ?? null)
    const people = agents.flatMap((id) => room.agents.get(id) ?? [])
    let presenceChanged = facts.some(({ type }) => ofStaffing.has(type))
    for (const agent of people) {
      this.#tally?.putAgent(agent)
      const [before, now] = [this.#known.get(agent.id), stateOf(agent)]
      this.#known.set(agent.id, now)
      presenceChanged ||= before?.presence !== now.presence
      if (before?.seat !== now.seat) this.#reseat(agent.id, seq)
    }
    const change = new Change(seq, at, {
      calls: calls.flatMap((id) => room.calls.get(id) ?? []),
      ended: calls.filter((id) => !room.calls.has(id)),
      agents: people.map((agent) => viewAgent(agent, this.#names.sites, at)),
      queues: this.#tally?.changedQueues(at) ?? [],
      trunks: this.#tally?.changedTrunks() ?? [],
      supervision: presenceChanged ? this.#newSupervision() : null,
      facts,
      earlierCalls: room.earlierCalls,
    })
    if (staffChanged) return this.#startAnew(room)
    this.#past.add(change)
    this.#sending = { change, rest: this.#watchers[Symbol.iterator]() }
  }

  /** What was said of queues and people holds no longer. */
  #startAnew(room: FeedRoom): void {
    this.#past.clear()
    this.#begin(room)
    for (const watcher of this.#watchers.keys()) this.#await(watcher)
  }

  #reseat(agent: string, seq: number): void {
    this.#seatedAt.set(agent, seq)
    for (const [watcher, { sight }] of this.#watchers) if (sight === 'own-callers' && watcher.principal.agent === agent) this.#await(watcher)
  }

  #await(watcher: Watcher): void {
    const place = this.#watchers.get(watcher)
    if (!place) return
    place.seq = null
    place.resume = null
    this.#due.add(watcher)
  }

  #newSupervision(): SupervisionView | null {
    const view = this.#source.supervision()
    if (timeless(view) === timeless(this.#supervision)) return null
    this.#supervision = view
    return view
  }

  #send(room: FeedRoom, change: Change, rest: Iterator<[Watcher, Place]>): void {
    const seen = { agents: room.agents, queues: this.#names.queues }
    const until = performance.now() + sliceMs
    while (performance.now() < until) {
      const next = rest.next()
      if (next.done) {
        change.forgetTexts()
        this.#sending = null
        return
      }
      const [watcher, place] = next.value
      if (place.seq === null || place.seq >= change.seq) continue
      place.seq = change.seq
      watcher.send(change.textFor(watcher.principal, place.sight, seen))
    }
  }

  #serveNext(room: FeedRoom): void {
    const [watcher] = this.#due
    const place = watcher && this.#watchers.get(watcher)
    if (!watcher || !place) return
    this.#due.delete(watcher)
    const missed = this.#missed(watcher, place)
    place.seq = this.#seq
    place.resume = null
    if (missed === null) return watcher.send(this.#snapshot(room, watcher.principal, place.sight))
    watcher.send(Buffer.from(JSON.stringify({ type: 'resumed', feed: this.id, seq: this.#seq - missed.length })))
    const seen = { agents: room.agents, queues: this.#names.queues }
    for (const change of missed) {
      watcher.send(change.textFor(watcher.principal, place.sight, seen))
      change.forgetTexts()
    }
  }

  /** Null when they must begin anew. */
  #missed({ principal }: Watcher, { resume, sight }: Place): readonly Change[] | null {
    if (resume?.feed !== this.id) return null
    if (sight === 'own-callers' && (this.#seatedAt.get(principal.agent ?? '') ?? 0) > resume.seq) return null
    return this.#past.after(resume.seq, this.#seq)
  }

  #snapshot(room: FeedRoom, principal: Principal, sight: Sight): Buffer {
    const at = this.#source.now()
    const isForCalls = sight === 'calls'
    // Of queues, what changes are told against: the room may be ahead of it by decisions that are not settled yet.
    const whole = viewKnownRoom({ calls: room.calls, agents: room.agents, earlierCalls: room.earlierCalls, ...this.#names }, principal, at, this.#tally)
    return Buffer.from(
      JSON.stringify({
        type: 'snapshot',
        feed: this.id,
        seq: this.#seq,
        at,
        room: isForCalls ? { ...whole, agents: [], queues: [], trunks: [] } : whole,
        supervision: isForCalls || this.#supervision === null ? null : { ...this.#supervision, at },
        sas: this.#source.sas(),
        you: { id: principal.id, agent: principal.agent, rights: [...principal.rights] },
      }),
    )
  }
}

/** `seat`: what decides which callers somebody sees; `presence`: what counts for staffing. */
const stateOf = (agent: Agent): { readonly seat: string; readonly presence: string } => ({
  seat: agent.state.kind === 'signed-out' ? '' : (agent.awayFrom ?? agent.position),
  presence: isAway(agent) ? '' : agent.position,
})

const timeless = (view: SupervisionView | null): string => JSON.stringify(view && { ...view, at: 0 })
