/** Archives for tests: files of one SAS, of facts in their order. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FORMAT_VERSION, NO_HASH, dayOf, entryLine, fileName, headerLine } from '../../../src/archive/format.js'
import type { Fact } from '../../../src/routing/facts.js'

/** Writes facts as they were told, at their own times. */
export const writeArchive = (dir: string, sas: string, facts: readonly Fact[]): void => {
  let previous = NO_HASH
  const days = new Map<string, string[]>()
  for (const [index, fact] of facts.entries()) {
    const day = dayOf(fact.at)
    let lines = days.get(day)
    if (!lines) {
      const header = headerLine({ version: FORMAT_VERSION, sas, day, previous })
      previous = header.hash
      days.set(day, (lines = [header.line]))
    }
    const { line, hash } = entryLine(lines.length + 1, `${fact.at}-${index}`, JSON.stringify(fact), previous)
    previous = hash
    lines.push(line)
  }
  for (const [day, lines] of days) writeFileSync(join(dir, fileName(day)), `${lines.join('\n')}\n`)
}
