/**
 * `npm run chaos -- [--rounds 9] [--kind NAME] [--alone] [--seed N] [--json]`: real calls on real parts, and a fault in each
 * round. The last line is one JSON object. Exit code 0 only when nobody was dropped, rung twice, overtaken or forgotten.
 */
import { readOptions, refuse } from '../options.js'
import { startProgram } from '../program-start.js'
import { writeEvidence } from './evidence-file.js'
import { faultKinds, usualKinds, type FaultKind } from './faults.js'
import { faultsOf, figuresOf, inWords, totalOf, type RoundFigures } from './figures.js'
import { Ground } from './ground.js'
import { Random } from './random.js'
import { playRound } from './round.js'

interface Plan {
  readonly kinds: readonly FaultKind[]
  readonly engines: number
  readonly seed: number
  readonly json: boolean
}

async function main(args: readonly string[]): Promise<number> {
  const { kinds, engines, seed, json } = readPlan(args)
  const tell = (text: string): void => void process.stderr.write(`${text}\n`)
  tell(`seed ${seed}; ${kinds.length} rounds, ${engines === 1 ? 'one engine alone' : 'an engine and one that stands by'}`)
  const random = new Random(seed)
  const rounds: RoundFigures[] = []
  const ground = await Ground.open(engines)
  try {
    for (const [index, kind] of kinds.entries()) {
      const evidence = await playRound(ground, kind, random)
      const figures = figuresOf(kind, evidence)
      rounds.push(figures)
      tell(`${index + 1} ${kind}: ${inWords(figures)}`)
      if (faultsOf(figures) + figures.wrongOutcomes > 0) tell(`  see ${writeEvidence(evidence, ground.stack.engines.map(({ child }) => child.output()))}`)
    }
  } finally {
    await ground.close()
  }
  const total = totalOf(rounds, seed)
  process.stdout.write(`${JSON.stringify(total, null, json ? 0 : 2)}\n`)
  return rounds.every((round) => faultsOf(round) === 0) ? 0 : 1
}

const usage = `npm run chaos [-- --rounds ${usualKinds.length} --kind NAME --alone --seed N --json]

Real calls on real parts, and a fault in each round. Exit code 0 only when nobody was dropped, rung twice, overtaken or forgotten.
  --rounds N   how many, 1 to 1000 (${usualKinds.length}: each usual fault once)
  --kind NAME  this fault alone, or several, with commas: ${faultKinds.join(', ')}
  --alone      without an engine that stands by
  --seed N     replays what is drawn
  --json       the last line is one JSON object`

function readPlan(args: readonly string[]): Plan {
  const options = {
    rounds: { type: 'string', default: String(usualKinds.length) },
    kind: { type: 'string', multiple: true },
    alone: { type: 'boolean', default: false },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  } as const
  const values = readOptions(usage, options, args)
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1_000) refuse('--rounds: 1 to 1000')
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) refuse('--seed: a whole number below 2^32')
  const wanted = (values.kind ?? []).flatMap((list) => list.split(',')).map(knownKind)
  const pool = wanted.length > 0 ? wanted : usualKinds
  return { kinds: Array.from({ length: rounds }, (_, index) => pool[index % pool.length] as FaultKind), engines: values.alone ? 1 : 2, seed, json: values.json }
}

function knownKind(name: string): FaultKind {
  const kind = faultKinds.find((one) => one === name)
  return kind ?? refuse(`--kind: ${name} is none of ${faultKinds.join(', ')}`)
}

startProgram(import.meta.url, main)
