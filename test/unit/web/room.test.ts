/** What a page makes of the feed: the same room, message by message, whatever comes twice, late or not at all. */
import { describe, expect, it } from 'vitest'
import type { ListenMode } from '../../../src/routing/events.js'
import type { Fact } from '../../../src/routing/facts.js'
import { situations } from '../../../src/routing/room.js'
import type { AgentView, QueueView } from '../../../src/status/room-view.js'
import { whatBecame } from '../../../src/web/parts/words.js'
import type { Change, SeenCall, Snapshot } from '../../../src/web/state/messages.js'
import { applyMessage, callOf, elapsed, factsKept, levels, lineLostIn, listensBy, me, recheckDue, storiesKept, waitingIn, type Room } from '../../../src/web/state/room.js'

const call = (id: string, more: Partial<SeenCall> = {}): SeenCall => ({
  id, situation: 'waiting', class: 'P1', priority: null, trunk: 'operator', number: '15', arrivedAt: 0, sinceArrivalMs: 1_000, pickedUpAt: null, drm: null, queue: 'n1',
  waitMs: 1_000, recheckDue: false, parked: null, callback: null, outgoing: null, received: null, offered: null, given: null, ringing: [], with: [], guests: [], held: false, caller: null, callerName: null, location: null, ...more,
}) as SeenCall
const agent = (id: string, more: Partial<AgentView> = {}): AgentView => ({
  id, roles: ['ARM'], skills: [], phone: id, position: 'n1', site: null, awayFrom: null, state: 'ready', sinceMs: 0, until: null, reason: null, engaged: false, call: null, afterCall: null, ...more,
}) as AgentView
const queue = (id: string, position: string, oldestWaitMs: number | null = null): QueueView => ({ id, position, waiting: 0, ringing: 0, parked: 0, toCallBack: 0, rechecksDue: 0, accompanied: 0, oldestWaitMs, free: 0 })

const snapshot = (more: Partial<Snapshot> = {}): Snapshot => ({
  type: 'snapshot', feed: 'f', seq: 10, at: 5_000,
  room: { queues: [queue('n1', 'n1'), queue('mg-osnp', 'mg'), queue('mg-mrg', 'mg')], calls: [], agents: [agent('arm01')], trunks: [] },
  supervision: null,
  sas: { id: 'demo', name: 'SAS', positions: [{ id: 'n1', label: 'N1' }, { id: 'mg', label: 'MG' }], queues: [], pauseReasons: [], quality: { answerMs: 30_000, orientationMs: 30_000 }, directory: [], entries: [], neighbours: [], giving: [] },
  you: { id: 'arm01', agent: 'arm01', rights: ['agent'] },
  ...more,
})
const change = (seq: number, more: Partial<Change> = {}): Change => ({ type: 'change', seq, at: 5_000 + seq, calls: [], ended: [], agents: [], queues: [], trunks: [], facts: [], ...more })
const play = (...messages: Parameters<typeof applyMessage>[1][]): Room | null => messages.reduce<Room | null>(applyMessage, null)

describe('messages', () => {
  it('follow a snapshot in order', () => {
    const room = play(snapshot(), change(11, { calls: [call('A')] }), change(12, { calls: [call('A', { situation: 'talking' })], agents: [agent('arm01', { state: 'talking', call: 'A' })] }))
    expect(room?.seq).toBe(12)
    expect(room?.calls.get('A')).toMatchObject({ situation: 'talking', asOf: 5_012 })
    expect(room && callOf(room, 'arm01')?.id).toBe('A')
    expect(me(room)?.state).toBe('talking')
  })

  it('change nothing when they come twice, and ask for all when one is missing', () => {
    const room = play(snapshot(), change(11))
    expect(applyMessage(room, change(11, { calls: [call('A')] }))).toBe(room)
    expect(applyMessage(room, change(13))).toBeNull()
    expect(applyMessage(null, change(1))).toBeNull()
  })

  it('go on after a resume of the same feed, and of no other', () => {
    const room = play(snapshot())
    expect(applyMessage(room, { type: 'resumed', feed: 'f', seq: 10 })).toBe(room)
    expect(applyMessage(room, { type: 'resumed', feed: 'other', seq: 10 })).toBeNull()
  })

  it('forget calls that ended, and leave maps alone that did not change', () => {
    const before = play(snapshot(), change(11, { calls: [call('A')] }))
    const after = before && applyMessage(before, change(12, { ended: ['A'] }))
    expect(after?.calls.size).toBe(0)
    expect(after?.agents).toBe(before?.agents)
    expect(before?.calls.size).toBe(1)
  })
})

describe('a line that was lost', () => {
  const left = (of: string, why: 'left' | 'hung-up' | 'lost'): Fact => ({ type: 'left', at: 1, call: 'A', agent: of, talkMs: 1, why })
  const room = play(snapshot(), change(11, { calls: [call('A')], agents: [agent('arm01', { state: 'talking', call: 'A' })] })) as Room

  it('is one’s own, and lost', () => {
    expect(lineLostIn(room, room, change(12, { facts: [left('arm01', 'lost')] }))).toBe('A')
    for (const fact of [left('arm01', 'hung-up'), left('arm02', 'lost')]) expect(lineLostIn(room, room, change(12, { facts: [fact] }))).toBeNull()
  })

  it('is seen in a snapshot too, where the engine left the person out for it', () => {
    const told = (reason: string | null) => snapshot({ room: { ...snapshot().room, agents: [agent('arm01', { state: 'aside', reason })] } })
    const found = (reason: string | null) => lineLostIn(room, play(told(reason)) as Room, told(reason))
    expect([found('line-lost'), found('no-answer')]).toEqual(['A', null])
  })

})

describe('what became of a caller', () => {
  const party = (id: string) => ({ agent: id, queue: 'n1', sinceMs: 0 })
  const guest = (entry: string | null, phase: 'there' | 'ringing' = 'there') => ({ guest: 'g', entry, by: 'arm02', phase, sinceMs: 0 })
  const back = { by: 'arm01', attempts: 0, notBefore: null, dialling: false }
  const cases: readonly (readonly [string, Partial<SeenCall>])[] = [
    ['l’appelant attend de nouveau (N1).', { situation: 'waiting' }],
    ['l’appelant attend de nouveau (MG · OSNP).', { situation: 'waiting', queue: 'mg-osnp', offered: 'sas-68' }],
    ['l’appelant sonne chez arm02, arm03.', { situation: 'ringing', ringing: ['arm02', 'arm03'] }],
    ['arm02 rappelle l’appelant.', { situation: 'ringing', ringing: ['arm02'], callback: { ...back, dialling: true } }],
    ['l’appelant est en garde chez arm02.', { situation: 'parked', parked: { by: 'arm02', until: 9 } }],
    ['l’appelant parle avec arm02, CODIS.', { situation: 'talking', queue: null, with: [party('arm02')], guests: [guest('codis'), guest('samu', 'ringing')] }],
    ['l’appelant parle avec un tiers.', { situation: 'talking', queue: null, guests: [guest(null)] }],
    ['l’appelant parle avec le SAS du Haut-Rhin.', { situation: 'talking', queue: null, given: 'sas-68', guests: [guest('sas-68')] }],
    ['l’appelant entend la musique, arm02 consulte à part.', { situation: 'talking', queue: null, held: true, with: [party('arm02')], guests: [guest('codis')] }],
    ['l’appelant est avec le secours du central.', { situation: 'fallback', queue: null }],
    ['l’appelant a raccroché, et sera rappelé.', { situation: 'to-call-back', callback: back }],
    ['votre correspondant attend de nouveau (N1).', { situation: 'waiting', outgoing: { by: 'arm01', entry: null, drm: null } }],
    ['votre correspondant parle avec arm02.', { situation: 'talking', queue: null, outgoing: { by: 'arm01', entry: 'codis', drm: null }, with: [party('arm02')] }],
  ]
  const sas = { ...snapshot().sas, directory: [{ id: 'codis', label: 'CODIS' }], neighbours: [{ id: 'sas-68', label: 'SAS du Haut-Rhin' }] }
  const whole = snapshot({ sas, room: { ...snapshot().room, calls: cases.map(([text, more]) => call(text, more)) } })

  it.each(cases)('%s', (text) => expect(whatBecame(play(whole) as Room, text)).toBe(text))

  it('is told in every situation, and once they are gone', () => {
    expect(new Set(cases.map(([, { situation }]) => situation))).toEqual(new Set(situations))
    expect(whatBecame(play(whole) as Room, 'gone')).toBe('l’appel est terminé.')
  })
})

describe('a supervisor who listens', () => {
  const began = (mode: ListenMode): Fact => ({ type: 'listening-began', at: 1, call: 'A', agent: 'arm01', leg: 'l', mode })

  it('does so in the way that was asked for last', () => {
    const room = play(snapshot(), change(11, { calls: [call('A', { listeners: ['arm01'] })], facts: [began('listen'), began('whisper')] })) as Room
    expect(listensBy(room, room.calls.get('A') as SeenCall, 'arm01')).toBe('whisper')
    expect(listensBy(room, room.calls.get('A') as SeenCall, 'arm02')).toBeNull()
  })
})

describe('stories', () => {
  const fact = (id: string, at: number): Fact => ({ type: 'escalated', at, call: id, queue: 'n1', waitMs: 1, times: 1 })

  it('outlive the call and a snapshot, and are bounded', () => {
    const many = Array.from({ length: factsKept + 5 }, (_, at) => fact('A', at))
    const room = play(snapshot(), change(11, { facts: many }), change(12, { ended: ['A'] }), snapshot({ seq: 12 }))
    expect(room?.stories.get('A')).toHaveLength(factsKept)
    expect(room?.stories.get('A')?.at(-1)?.at).toBe(factsKept + 4)
    const crowd = Array.from({ length: storiesKept + 3 }, (_, at) => fact(`B${at}`, at))
    expect(room && applyMessage(room, change(13, { facts: crowd }))?.stories.size).toBe(storiesKept)
  })

  it('are not shown to whoever signs in next', () => {
    const room = play(snapshot(), change(11, { facts: [fact('A', 1)] }), snapshot({ you: { id: 'arm02', agent: 'arm02', rights: ['agent'] } }))
    expect(room?.stories.size).toBe(0)
  })
})

describe('what pages ask', () => {
  it('counts waits from the moment they were told of, never below nothing', () => {
    expect(elapsed(1_000, 5_000, 7_500)).toBe(3_500)
    expect(elapsed(1_000, 5_000, 4_000)).toBe(1_000)
    expect(elapsed(null, 5_000, 7_500)).toBeNull()
  })

  it('lists callers of a level, longest wait first, and those due for a word', () => {
    const calls = [call('late', { waitMs: 10 }), call('early', { waitMs: 9_000 }), call('elsewhere', { queue: 'mg-osnp', recheckDue: true }), call('talking', { situation: 'talking', queue: null, waitMs: null })]
    const room = play(snapshot({ room: { ...snapshot().room, calls } }))
    expect(room && waitingIn(room, [queue('n1', 'n1')]).map(({ id }) => id)).toEqual(['early', 'late'])
    expect(room && recheckDue(room).map(({ id }) => id)).toEqual(['elsewhere'])
  })

  it('sums up each level: who waits by class, since when, who is free', () => {
    const calls = [call('A'), call('B', { class: 'P2', queue: 'mg-osnp' }), call('C', { priority: 'P2', queue: 'mg-mrg' }), call('D', { situation: 'parked', queue: 'mg-mrg', parked: { by: 'mrg01', until: 1 } })]
    const queues = [queue('n1', 'n1', 1_000), queue('mg-osnp', 'mg', 3_000), { ...queue('mg-mrg', 'mg', 9_000), parked: 1 }]
    const room = play(snapshot({ room: { queues, calls, agents: [agent('arm01'), agent('arm02', { engaged: true }), agent('mrg01', { position: 'mg', state: 'paused' })], trunks: [] } }))
    expect(room && levels(room)).toEqual([
      { position: 'n1', label: 'N1', waiting: 1, parked: 0, free: 1, oldestSince: 4_000, byClass: { P1: 1 } },
      { position: 'mg', label: 'MG', waiting: 2, parked: 1, free: 0, oldestSince: -4_000, byClass: { P2: 2 } },
    ])
  })
})
