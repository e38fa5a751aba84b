/**
 * A scenario is a script people can read: lines of input, each followed by what came of it.
 *
 *   # comment, kept as it is; the first ones say what is shown and which requirement rows it proves
 *   A dials 15 on operator            input, see test/routing/script.ts; `sign in: arm01 arm02` signs in several people
 *     > 0.000 A presented …           facts, then what was asked of the PBX, with seconds since the beginning
 *     = A hears music                 what callers hear from here on, where it changed
 */
import { sampleRules } from '../routing/sample-rules.js'
import type { Fact } from '../../src/routing/facts.js'
import { carryOut } from '../routing/script.js'
import { outcomeInWords } from '../routing/words.js'
import { noon, World } from '../routing/world.js'

const isOutput = (line: string): boolean => /^ {2}[>=] /.test(line)
const isInput = (line: string): boolean => line.trim() !== '' && !line.startsWith('#')

/** The scenario with what its input lines bring about now. @param onFact each fact, as it comes about @throws with the line at fault. */
export function playScenario(text: string, onFact: (fact: Fact) => void = () => {}): string {
  const world = new World(sampleRules)
  world.thorough = true
  const written: string[] = []
  let heard = new Map<string, string>()
  world.onOutcome = (event, outcome) => {
    const at = ((event.at - noon) / 1_000).toFixed(3)
    outcome.facts.forEach(onFact)
    for (const words of outcomeInWords(outcome)) written.push(`  > ${at} ${words}`)
  }
  for (const [index, line] of text.split('\n').entries()) {
    if (isOutput(line)) continue
    written.push(line)
    if (!isInput(line)) continue
    try {
      for (const one of expanded(line)) carryOut(world, one)
    } catch (error) {
      throw new Error(`line ${index + 1}, ${line}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
    const hears = hearing(world)
    for (const [call, what] of hears) if (heard.get(call) !== what) written.push(`  = ${call} hears ${what}`)
    heard = hears
  }
  return written.join('\n')
}

const expanded = (line: string): string[] => {
  const [, names] = /^sign in: (.+)$/.exec(line) ?? []
  return names === undefined ? [line] : names.trim().split(/\s+/).map((name) => `${name} signs in`)
}

function hearing({ pbx }: World): Map<string, string> {
  const heard = new Map<string, string>()
  for (const { id, kind, bridge, hears } of pbx.channels.values()) {
    if (kind !== 'caller') continue
    const others = [...(pbx.bridges.get(bridge ?? '') ?? [])].filter((other) => other !== id)
    const people = others.map((other) => pbx.channels.get(other)?.phone ?? other)
    heard.set(id, bridge === null ? (hears === 'sound' ? 'a sound' : hears) : people.join(' + ') || 'nothing')
  }
  return heard
}
