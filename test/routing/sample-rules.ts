/** The rules the tests of the core run under: the sample SAS, and what a room may be changed to while it runs. */
import { fileURLToPath } from 'node:url'
import { compileRules } from '../../src/config/compile.js'
import { loadConfig } from '../../src/config/load.js'
import type { QueueRules, RecordingRules, Rules } from '../../src/routing/rules.js'

export const sampleRules: Rules = compileRules(loadConfig(fileURLToPath(new URL('../../config/sample.yaml', import.meta.url))))

/** The same rules with every queue changed by `change`. */
export const withQueues = (rules: Rules, change: (queue: QueueRules) => Partial<QueueRules>): Rules => ({
  ...rules,
  queues: new Map([...rules.queues].map(([id, queue]) => [id, { ...queue, ...change(queue) }])),
})

const always = (ms: number): QueueRules['escalateMs'] => ({ SIS: ms, P0: ms, P1: ms, P2: ms })

/** No wrap-up, a greeting on every entry, short lines, positions told to everybody. */
const hurried: Rules = {
  ...withQueues(sampleRules, () => ({ wrapUpMs: 0, positionMs: 20_000 })),
  entries: new Map([...sampleRules.entries].map(([key, entry]) => [key, { ...entry, greeting: 'bonjour' }])),
  queueLengthMax: 3,
}

/** Transfers come back soon, and are handed over the other way round; AMU's queues help each other. */
const impatient: Rules = {
  ...withQueues(sampleRules, (queue) => ({ returnMs: always(10_000), ringMs: 6_000, reinforcedBy: queue.position === 'n1' ? ['amu'] : ['n1'] })),
  filieres: new Map(
    [...sampleRules.filieres].map(([id, filiere]) => [id, { ...filiere, handover: filiere.handover === 'warm' ? 'direct' : 'warm' }]),
  ),
}

const gone = new Set(['arm02', 'arm05', 'mru01', 'osnp01', 'osnp02'])

/** Some people are gone and the MG filière has lost its first stage. */
const depleted: Rules = {
  ...sampleRules,
  people: sampleRules.people.filter((person) => !gone.has(person.id)),
  queues: new Map([...sampleRules.queues].filter(([id]) => id !== 'mg-osnp')),
  filieres: new Map([...sampleRules.filieres].map(([id, filiere]) => [id, id === 'mg' ? { ...filiere, stages: ['mg-mrg'] } : filiere])),
  routes: new Map([...sampleRules.routes].filter(([id]) => id !== 'mg-osnp').map(([id, to]) => [id, to === 'mg-osnp' ? 'mg-mrg' : to])),
  entries: new Map(
    [...sampleRules.entries].map(([key, entry]) => [key, entry.queue === 'mg-osnp' ? { ...entry, queue: 'mg-mrg' } : entry]),
  ),
}

/** Everybody who is free is rung at once, everywhere; AMU helps N1 soon. */
const together = withQueues(sampleRules, () => ({ mode: 'ring-all', ringMs: 8_000, asideMs: 10_000, escalateMs: always(12_000) }))

/** N2 is served by hand, its callers soon due for a word; who is parked is soon in line again. */
const byHand: Rules = {
  ...withQueues(sampleRules, ({ id }) => (id === 'n1' ? {} : { mode: 'by-hand', recheckMs: always(20_000) })),
  parkMs: 30_000,
}

/** These queues are closed, and what their callers go to instead answers for everything that led there. */
const closing = (rules: Rules, instead: Readonly<Record<string, string>>): Rules => ({
  ...withQueues(rules, ({ id }) => ({ open: !(id in instead) })),
  routes: new Map([...rules.routes].map(([target, to]) => [target, instead[to] ?? to])),
  staffing: [{ id: 'mrg', label: 'Un MRG', role: 'MRG', position: null, min: 1 }],
})

/** No OSNP. */
export const atNight = (rules: Rules): Rules => closing(rules, { 'mg-osnp': 'mg-mrg' })
/** No MG at all. */
export const withoutMg = (rules: Rules): Rules => closing(rules, { 'mg-osnp': 'amu', 'mg-mrg': 'amu' })

/** AMU closed with nothing to answer in its place but N1: a supervisor's doing. */
const withoutAmu = closing(sampleRules, { amu: 'n1' })

/** Nobody is called. */
const mute: Rules = { ...sampleRules, outbound: null }

/** Whoever is to be called back is tried once. */
const once: Rules = { ...impatient, outbound: sampleRules.outbound && { ...sampleRules.outbound, callbackAttempts: 1 } }

/** A neighbour helps N1 once somebody has waited, and takes all of MG's callers; it is helped too. */
const helped: Rules = {
  ...sampleRules,
  neighbours: new Map([['voisin', { id: 'voisin', trunk: 'neighbour', number: '15', ringMs: 30_000, reserves: true, receive: { atOnce: 2, keepFree: 1, ownWaitMsMax: 10_000, classes: ['P1', 'P2'], positions: ['n1', 'mg'] } }]]),
  giving: [
    { id: 'surcharge', to: ['voisin'], always: false, oldestWaitMs: 20_000, expectedWaitMs: 45_000, unstaffed: true, linesPercent: 80, calmMs: 30_000, position: 'n1', classes: ['P1', 'P2'], entries: null, share: 100, atOnce: 2 },
    { id: 'delegation', to: ['voisin'], always: true, oldestWaitMs: null, expectedWaitMs: null, unstaffed: false, linesPercent: null, calmMs: 0, position: 'mg', classes: ['P2'], entries: null, share: 100, atOnce: 3 },
  ],
  givingIds: new Set(['surcharge', 'delegation']),
}

/** The same over SIP alone. */
const helpedBySip: Rules = { ...helped, neighbours: new Map([...helped.neighbours].map(([id, neighbour]) => [id, { ...neighbour, reserves: false }])) }

/** Every conversation is to be recorded. */
export const everything: RecordingRules = { trunks: null, positions: null, classes: null }
const recorded: Rules = { ...sampleRules, recording: [everything] }
/** The urgent ones of N1 and AMU, and all that come from the fire service. */
const someRecorded: Rules = { ...impatient, recording: [{ trunks: null, positions: ['n1', 'amu'], classes: ['P0', 'P1'] }, { ...everything, trunks: ['fire'] }] }

/** A short line, of which all but one channel are kept for emergency numbers. */
const narrow: Rules = { ...sampleRules, lines: new Map([...sampleRules.lines, ['operator', { channels: 3, reserved: 2 }]]) }

/** By name, so that a script can say which. */
export const rulebook: Readonly<Record<string, Rules>> = { sample: sampleRules, hurried, impatient, depleted, together, byHand, night: atNight(sampleRules), closed: withoutMg(sampleRules), withoutAmu, mute, once, helped, helpedBySip, recorded, recordedByHand: { ...byHand, recording: [everything] }, recordedHelped: { ...helped, recording: [everything] }, someRecorded, narrow }
