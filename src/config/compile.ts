/** From a SAS as people write it to the plain data the core decides with. */
import { N1, type EntryRules, type QueueRules, type Rules } from '../routing/rules.js'
import type { SasConfig } from './schema.js'

/** From a phone's answer to the bridge's confirmation. */
const CONNECT_MS = 3_000
/** Longest pause between two digits of one code. */
const DTMF_GAP_MS = 3_000
/** A call sent back to N1 has nowhere else to return to; it is asked for again this often. */
const N1_RETURN_MS = 60_000

const ms = (seconds: number): number => Math.round(seconds * 1_000)

type Stage = SasConfig['filieres'][number]['stages'][number]

/**
 * The rules of one checked SAS. N1 is the queue `n1`, served by ARMs; past its patience the ARMs of the filière that
 * takes P1 join in (R-N1-1, R-N1-6).
 */
export const compileRules = (config: SasConfig): Rules => ({
  sas: config.sas.id,
  people: config.people.map(({ id, roles, phone, position }) => ({ id, roles, phone, home: position })),
  queues: new Map(queues(config).map((queue) => [queue.id, queue])),
  filieres: new Map(
    config.filieres.map(({ id, stages, handover }) => [id, { stages: stages.map((stage) => stage.id), handover }]),
  ),
  entries: new Map(config.entries.map((entry) => [`${entry.trunk}/${entry.number}`, entryRules(entry)])),
  orientation: config.orientation,
  yieldMs: {
    SIS: ms(config.yieldSeconds.SIS),
    P0: ms(config.yieldSeconds.P0),
    P1: ms(config.yieldSeconds.P1),
    P2: ms(config.yieldSeconds.P2),
  },
  dtmf: new Map(Object.entries(config.dtmf)),
  pauseReasons: config.pauseReasons,
  connectMs: CONNECT_MS,
  dtmfGapMs: DTMF_GAP_MS,
  queueLengthMax: config.limits.queueLength,
})

const queues = (config: SasConfig): QueueRules[] => [
  firstLevel(config),
  ...config.filieres.flatMap(({ id, stages }) => stages.map((stage) => secondLevel(id, stage))),
]

const firstLevel = ({ n1, orientation }: SasConfig): QueueRules => ({
  id: N1,
  position: N1,
  roles: ['ARM'],
  mode: n1.mode,
  ringMs: ms(n1.ringSeconds),
  asideMs: ms(n1.asideSeconds),
  wrapUpMs: ms(n1.wrapUpSeconds),
  escalateMs: ms(n1.escalateSeconds),
  reinforcedBy: [orientation.P1],
  returnMs: N1_RETURN_MS,
  positionMs: 0,
})

const secondLevel = (position: string, stage: Stage): QueueRules => ({
  id: stage.id,
  position,
  roles: stage.roles,
  mode: stage.mode,
  ringMs: ms(stage.ringSeconds),
  asideMs: ms(stage.asideSeconds),
  wrapUpMs: ms(stage.wrapUpSeconds),
  escalateMs: ms(stage.escalateSeconds),
  reinforcedBy: [],
  returnMs: ms(stage.returnSeconds),
  positionMs: ms(stage.positionSeconds),
})

const entryRules = (entry: SasConfig['entries'][number]): EntryRules => ({
  queue: entry.queue,
  class: entry.class,
  wait: entry.wait,
  greeting: entry.greeting ?? null,
})
