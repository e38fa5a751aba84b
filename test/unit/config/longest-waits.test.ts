/** The longest waits that a file allows, added up by hand for a SAS that uses every part. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { longestWaits, showWaits, type ClassWaits } from '../../../src/config/longest-waits.js'
import { sasSchema, type CallClass, type SasConfig } from '../../../src/config/schema.js'

const base: unknown = parse(readFileSync(new URL('broken/base.yaml', import.meta.url), 'utf8'))
const config: SasConfig = sasSchema.parse(base)
const of = (kind: CallClass, sas = config): ClassWaits => longestWaits(sas).find((waits) => waits.class === kind)!
const inQueue = (kind: CallClass, queue: string, sas = config) => of(kind, sas).queues.find((wait) => wait.queue === queue)

describe('the longest wait', () => {
  it('R-N1-6 at N1 lasts until the ARMs of AMU are asked too, and nobody is sent back from there', () => {
    expect(inQueue('P2', 'n1')).toEqual({ queue: 'n1', mode: 'longest-idle', ring: 12, reinforced: { after: 40, by: ['amu'] }, recheck: null, sentBack: null })
    expect(inQueue('SIS', 'n1')?.reinforced).toEqual({ after: 10, by: ['amu'] })
  })

  it('R-N2-3 at N2 lasts until the caller is re-checked, or back after the time of their class and a phone that rings as it ends', () => {
    expect(inQueue('P2', 'mg-osnp')).toMatchObject({ recheck: 240, sentBack: { after: 318, of: { wait: 300, ring: 15, connect: 3 }, to: 'n1' } })
    expect(inQueue('SIS', 'mg-mrg')?.sentBack).toEqual({ after: 78, of: { wait: 60, ring: 15, connect: 3 }, to: 'n1' })
  })

  it('goes along the return path: from the filière of one département to the other, and only then to N1', () => {
    expect(inQueue('P2', 'mg-54')?.sentBack).toMatchObject({ after: 78, to: 'mg-osnp' })
    expect(of('P2').untilN1).toBe(78 + 318)
  })

  it('is that of the queues which the rules lead a class to: no P1 to the physicians, nobody to psychiatry', () => {
    expect(of('P1').queues.map(({ queue }) => queue)).toEqual(['n1', 'amu'])
    expect(of('P2').queues.map(({ queue }) => queue).sort()).toEqual(['mg-54', 'mg-mrg', 'mg-osnp', 'n1'])
    const byNumber = sasSchema.parse({ ...(base as object), entries: [{ ...config.entries[3]!, queue: 'psy', class: 'P0' }, ...config.entries.slice(0, 3)] })
    expect(of('P0', byNumber).queues.map(({ queue }) => queue)).toEqual(expect.arrayContaining(['psy', 'mg-osnp']))
    expect(showWaits(longestWaits(byNumber))).toMatch(/psy +78 s +no phone rings before somebody picks them, then 15 s; to mg-osnp after 78 s/)
  })

  it('counts what answers while a filière is closed', () => {
    const closing = sasSchema.parse({ ...(base as object), filieres: config.filieres.map((one) => (one.id === 'mg' ? { ...one, hours: 'sas' } : one)) })
    expect(of('P2', closing).queues.map(({ queue }) => queue)).toContain('amu')
  })

  it('is in all the longest time without anything being done', () => {
    expect(longestWaits(config).map((waits) => [waits.class, waits.untilSomething])).toEqual([['SIS', 240], ['P0', 63], ['P1', 63], ['P2', 318]])
  })

  it('is bounded too for those overtaken: by who is more pressing and comes soon enough, and by nobody else', () => {
    expect(of('SIS').overtakenBy).toEqual([])
    expect(of('P2').overtakenBy).toEqual([{ class: 'SIS', within: 300 }, { class: 'P0', within: 285 }, { class: 'P1', within: 240 }])
    const equal = { ...config, yieldSeconds: { SIS: 0, P0: 60, P1: 60, P2: 60 } }
    expect(of('P2', equal).overtakenBy).toEqual([{ class: 'SIS', within: 60 }])
  })
})

it('is told in words with its figures', () => {
  const text = showWaits(longestWaits(config))
  expect(text).toContain('P2: something is done within 318 s, from N2 back at the head of n1 within 396 s; of those who come later, only SIS who come within 300 s,')
  expect(text).toMatch(/^P2 +n1 +40 s +each phone rings 12 s; ARMs at amu are asked too after 40 s$/m)
  expect(text).toMatch(/mg-osnp +240 s +each phone rings 15 s; an ARM has a word with them every 240 s; to the head of n1 after 318 s \(300 s, 15 s of ringing, 3 s to connect\)$/m)
})
