/** A SAS read from its file: each fault with its place, its line and a way out; a sound file compiled to rules. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDocument, stringify } from 'yaml'
import { scratchDirectory } from '../../lab/scratch.js'
import { compileRules } from '../../src/config/compile.js'
import { ConfigError, showFault, type ConfigFault } from '../../src/config/fault.js'
import { checkConfig, loadConfig } from '../../src/config/load.js'
import type { SasConfig } from '../../src/config/schema.js'

const SAMPLE = 'config/sample.yaml'
const sampleText = readFileSync(SAMPLE, 'utf8')

type Place = readonly (string | number)[]
/** A place in the sample, and what stands there instead; nothing when undefined. */
type Edit = readonly [at: Place, value?: unknown]

const sample = parseDocument(sampleText)
const entryCount = loadConfig(SAMPLE).entries.length
const peopleCount = loadConfig(SAMPLE).people.length

const faultsOf = (edits: readonly Edit[]): readonly ConfigFault[] => {
  const edited = sample.clone()
  for (const [at, value] of edits) {
    if (value === undefined) edited.deleteIn(at)
    else edited.setIn(at, edited.createNode(value))
  }
  return checkConfig(edited.toString()).faults
}

describe('a sound file', () => {
  it('is loaded with every default filled in', () => {
    const config: SasConfig = loadConfig(SAMPLE)
    expect(config.sas).toMatchObject({ id: 'demo', timeZone: 'Europe/Paris' })
    expect(config.orientation).toEqual({ P0: 'amu', P1: 'amu', P2: 'mg' })
    expect(config.quality.answerSeconds).toBe(30)
  })

  it('keeps being sound when every default is written out', () => {
    expect(checkConfig(stringify(loadConfig(SAMPLE))).faults).toEqual([])
  })
})

const expectFault = (edits: readonly Edit[], path: string, text: RegExp): void => {
  const fault = faultsOf(edits).find((each) => each.path === path)
  expect(fault).toBeDefined()
  expect(showFault('f', fault!)).toMatch(text)
}

describe('a fault of shape', () => {
  it.each<[string, Edit, string, RegExp]>([
    ['an unknown key', [['n1', 'ringSecond'], 3], 'n1.ringSecond', /unknown key \(did you mean ringSeconds\?\)/],
    ['an unknown key at the top', [['queues'], []], 'queues', /unknown key/],
    ['a missing section', [['people']], 'people', /missing/],
    ['a missing choice', [['filieres', 0, 'handover']], 'filieres[0].handover', /missing \(expected warm or direct\)/],
    [
      'a number without quotes',
      [['entries', 0, 'number'], 15],
      'entries[0].number',
      /not a number \(put it in quotes\)/,
    ],
    [
      'an unknown class',
      [['entries', 0, 'class'], 'P3'],
      'entries[0].class',
      /unknown value "P3" \(did you mean P0\?\)/,
    ],
    ['a time out of range', [['n1', 'ringSeconds'], 0], 'n1.ringSeconds', /1/],
    ['a location server that is no host', [['location'], { lookupHosts: ['https://lis.example/'] }], 'location.lookupHosts[0]', /host name/],
    ['a first level served by hand', [['n1', 'mode'], 'by-hand'], 'n1.mode', /by-hand/],
    ['a caller parked for too long', [['limits'], { parkSeconds: 901 }], 'limits.parkSeconds', /900/],
    ['an id that is none', [['people', 0, 'id'], 'Zoé'], 'people[0].id', /lower-case/],
    [
      'a trunk that is no name',
      [['trunks', 'Big Trunk'], { kind: 'operator', match: ['192.0.2.1'], channels: 2 }],
      'trunks.Big Trunk',
      /lower-case/,
    ],
  ])('%s', (_, edit, path, text) => expectFault([edit], path, text))
})

describe('a fault of reference', () => {
  const newcomer = (more: object): Edit => [
    ['people', peopleCount],
    { id: 'new', roles: ['ARM'], phone: 'new', position: 'n1', ...more },
  ]
  const twin = { number: '15', trunk: 'operator', queue: 'n1', class: 'P1' }
  it.each<[string, Edit, string, RegExp]>([
    ['an unknown trunk', [['entries', 0, 'trunk'], 'operater'], 'entries[0].trunk', /did you mean operator\?/],
    [
      'a trunk called like what every object has',
      [['entries', 0, 'trunk'], 'constructor'],
      'entries[0].trunk',
      /unknown trunk/,
    ],
    ['an unknown queue', [['entries', 0, 'queue'], 'mg'], 'entries[0].queue', /unknown queue mg/],
    [
      'a number twice on a trunk',
      [['entries', entryCount], twin],
      `entries[${entryCount}].number`,
      /twice on trunk operator \(first at entries\[0\]\)/,
    ],
    [
      'the fire service from elsewhere',
      [['entries', 0, 'class'], 'SIS'],
      'entries[0].class',
      /cannot be of the fire service/,
    ],
    ['an unknown position', newcomer({ position: 'amo' }), `people[${peopleCount}].position`, /did you mean amu\?/],
    ['a person twice', newcomer({ id: 'arm01' }), `people[${peopleCount}].id`, /person arm01 is there twice/],
    ['a phone twice', newcomer({ phone: 'arm01' }), `people[${peopleCount}].phone`, /phone arm01 is there twice/],
    [
      "a phone called like another one's browser",
      newcomer({ phone: 'arm01-web' }),
      `people[${peopleCount}].phone`,
      /browser of phone arm01/,
    ],
    ['a phone called like a trunk', newcomer({ phone: 'fire' }), 'trunks.fire', /phone has the same name/],
    [
      'roles that serve nothing there',
      newcomer({ roles: ['MRG'] }),
      `people[${peopleCount}].roles`,
      /serves no queue at position n1/,
    ],
    [
      'a queue nobody can serve',
      [['people'], [{ id: 'a', roles: ['ARM'], phone: 'a', position: 'n1' }]],
      'filieres[1].stages[1].roles',
      /nobody can serve queue mg-mrg \(add a person with the role MRG\)/,
    ],
    ['a filière twice', [['filieres', 1, 'id'], 'amu'], 'filieres[1].id', /twice/],
    ['a filière called n1', [['filieres', 1, 'id'], 'n1'], 'filieres[1].id', /first level/],
    [
      'a queue twice',
      [['filieres', 1, 'stages', 0, 'id'], 'amu'],
      'filieres[1].stages[0].id',
      /queue amu is there twice/,
    ],
    [
      'a queue called n1',
      [['filieres', 1, 'stages', 0, 'id'], 'n1'],
      'filieres[1].stages[0].id',
      /queue of the first level/,
    ],
    [
      'a second stage called like its filière',
      [['filieres', 1, 'stages', 1, 'id'], 'mg'],
      'filieres[1].stages[1].id',
      /ambiguous/,
    ],
    [
      'a priority that leads nowhere',
      [['orientation'], { P0: 'amu', P1: 'amu', P2: 'mgg' }],
      'orientation.P2',
      /unknown filière mgg \(did you mean mg\?\)/,
    ],
    [
      'R-N1-4 a P0 that the ARM could not keep',
      [['orientation'], { P0: 'mg', P1: 'amu', P2: 'mg' }],
      'orientation.P0',
      /no queue of filière mg wants an ARM/,
    ],
    ['a neighbour without address', [['trunks', 'neighbour', 'peer']], 'trunks.neighbour.peer', /needs the address/],
    ['an address without port', [['trunks', 'neighbour', 'peer'], '127.0.0.5'], 'trunks.neighbour.peer', /host:port/],
    [
      'an address that is none',
      [['trunks', 'fire', 'match'], ['127.0.0.300']],
      'trunks.fire.match[0]',
      /not an IP address/,
    ],
    [
      'a network that is none',
      [['trunks', 'fire', 'match'], ['127.0.0.3/33']],
      'trunks.fire.match[0]',
      /not an IP address/,
    ],
    [
      'an address of two trunks',
      [['trunks', 'fire', 'match'], ['127.0.0.0/29']],
      'trunks.fire.match[0]',
      /also speaks for trunk operator/,
    ],
    [
      'R-IN-5 a reserve that leaves nothing',
      [['trunks', 'operator', 'reservedChannels'], 30],
      'trunks.operator.reservedChannels',
      /of 30 channels, 30 cannot be kept back \(29 at most\)/,
    ],
    ['a time zone that is none', [['sas', 'timeZone'], 'Europe/Pari'], 'sas.timeZone', /is no time zone/],
    [
      'classes that give way the wrong way round',
      [['yieldSeconds'], { SIS: 0, P0: 0, P1: 90, P2: 60 }],
      'yieldSeconds.P2',
      /P1 would give way longer than P2/,
    ],
    ['a code that hides another', [['dtmf'], { '*1': 'P1', '*12': 'P2' }], 'dtmf.*12', /code \*1 is understood first/],
    ['a reason twice', [['pauseReasons'], ['repas', 'repas']], 'pauseReasons[1]', /twice/],
  ])('%s', (_, edit, path, text) => expectFault([edit], path, text))

  it('R-IN-5 a reserve that nobody may use, but not one that a number takes by what it is', () => {
    const reserve: Edit = [['trunks', 'operator', 'reservedChannels'], 2]
    const none: Edit = [['entries', 0, 'usesReserve'], false]
    expectFault([reserve, none], 'trunks.operator.reservedChannels', /no number of trunk operator may use these channels/)
    expect(faultsOf([reserve])).toEqual([])
    expect(faultsOf([reserve, none, [['entries', 1, 'usesReserve'], true]])).toEqual([])
    expect(faultsOf([[['trunks', 'fire', 'reservedChannels'], 1]])).toEqual([])
  })

  it('is not invented: the sample as it is has none', () => {
    expect(faultsOf([])).toEqual([])
  })
})

describe('faults together', () => {
  it('are all listed at once, of shape and of reference, in the order of the file, each with its line', () => {
    const text = sampleText
      .replace('queue: amu, class: SIS', 'queue: amo, class: SOS')
      .replace('handover: warm', 'handover: tepid')
      .replace('phone: arm02', 'phone: arm01')
    const { faults } = checkConfig(text)
    expect(faults.map(({ path }) => path)).toEqual([
      'entries[3].queue',
      'entries[3].class',
      'filieres[0].handover',
      'people[1].phone',
    ])
    const lines = text.split('\n')
    for (const { line, column, path } of faults) {
      const value = path.endsWith('queue')
        ? 'amo'
        : path.endsWith('class')
          ? 'SOS'
          : path.endsWith('handover')
            ? 'tepid'
            : 'arm01'
      expect(lines[line! - 1]!.slice(column! - 1)).toMatch(new RegExp(`^${value}`))
    }
  })

  it('of syntax come with line and column', () => {
    const { faults } = checkConfig('sas:\n  id: a\n  id: b\n')
    expect(faults).toEqual([
      expect.objectContaining({ line: 3, column: 3, hint: 'a key may appear once; keep one of the two' }),
    ])
  })

  it.each(['', '[]', '3', '{}', 'sas: &a [*a]', 'sas: { name: { length: { toString: 3 } } }', 'people: [1, {}, []]\ntrunks: [3]\nentries: {}\nfilieres: 3'])(
    'are told for %j, without a crash',
    (text) => {
      expect(checkConfig(text).faults.length).toBeGreaterThan(0)
    },
  )

  it.each([
    ['nested too deeply', '['.repeat(100_000)],
    ['nested too deeply', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['a list of more than 2000 things', `people: [${'3,'.repeat(3_000)}]`],
  ])('%s: the parser never sees it', (message, text) => {
    expect(checkConfig(text).faults).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })])
  })

  it('of the file itself are told too', () => {
    const directory = scratchDirectory('config')
    const binary = join(directory, 'binary.yaml')
    writeFileSync(binary, Buffer.from([0xff, 0xfe, 0x00]))
    const large = join(directory, 'large.yaml')
    writeFileSync(large, Buffer.alloc(256 * 1024 + 1, 0x23))
    for (const [file, message] of [
      [join(directory, 'absent.yaml'), 'there is no such file'],
      [directory, 'this is a directory'],
      [binary, 'the file is not UTF-8 text'],
      [large, 'the file is larger than 262144 bytes'],
    ] as const) {
      let caught: unknown
      try {
        loadConfig(file)
      } catch (error) {
        caught = error
      }
      expect(caught).toBeInstanceOf(ConfigError)
      expect((caught as ConfigError).faults).toEqual([expect.objectContaining({ message })])
    }
  })
})

describe('rules', () => {
  const rules = compileRules(loadConfig(SAMPLE))

  it('R-N1-1 staff N1 with ARMs, helped by those of the filière that takes P1', () => {
    expect(rules.queues.get('n1')).toMatchObject({
      position: 'n1',
      roles: ['ARM'],
      reinforcedBy: ['amu'],
      positionMs: 0,
    })
  })

  it('R-IN-1 know each number by its trunk', () => {
    expect(rules.entries.get('operator/15')).toMatchObject({ queue: 'n1', class: 'P1', wait: 'music' })
    expect(rules.entries.get('operator/116117')).toMatchObject({ queue: 'n1', class: 'P2' })
    expect(rules.entries.get('fire/1803')).toMatchObject({ queue: 'mg-osnp', class: 'SIS', wait: 'ringing' })
    expect(rules.entries.has('ambulance/15')).toBe(false)
  })

  it('R-N2-2 keep the order of pickup of each filière', () => {
    expect(rules.filieres.get('mg')).toEqual({ stages: ['mg-osnp', 'mg-mrg'], handover: 'direct', returnsTo: null })
    expect(rules.queues.get('mg-osnp')).toMatchObject({
      position: 'mg',
      roles: ['OSNP'],
      ringMs: 15_000,
      returnMs: { SIS: 300_000, P0: 300_000, P1: 300_000, P2: 300_000 },
      positionMs: 30_000,
    })
  })

  it('R-N2-3 have the mode of each queue, its times of re-check by class, and how long a caller may be parked', () => {
    const config = loadConfig(SAMPLE)
    const [amu, mg] = config.filieres
    const [osnp, mrg] = mg!.stages
    const changed = compileRules({
      ...config,
      n1: { ...config.n1, mode: 'ring-all' },
      filieres: [amu!, { ...mg!, stages: [{ ...osnp!, mode: 'by-hand', recheckSeconds: { SIS: 0, P0: 0, P1: 60, P2: 1_800 } }, mrg!] }],
      limits: { ...config.limits, parkSeconds: 90 },
    })
    expect(changed.queues.get('n1')!.mode).toBe('ring-all')
    expect(changed.queues.get('mg-osnp')).toMatchObject({ mode: 'by-hand', recheckMs: { SIS: 0, P0: 0, P1: 60_000, P2: 1_800_000 } })
    expect(changed.parkMs).toBe(90_000)
    expect(rules.queues.get('mg-mrg')).toMatchObject({ mode: 'longest-idle', recheckMs: { P2: 0 } })
    expect(rules).toMatchObject({ parkMs: 180_000, queueLengthMax: 10_000 })
    expect(rules.dtmf.get('*7')).toBe('park')
  })

  it('count in whole milliseconds', () => {
    const config = loadConfig(SAMPLE)
    const { queues } = compileRules({ ...config, n1: { ...config.n1, ringSeconds: 1.0005 } })
    expect(queues.get('n1')!.ringMs).toBe(1_001)
  })
})
