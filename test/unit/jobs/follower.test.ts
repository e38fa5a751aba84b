/** The journal made into deliveries: each event once for each endpoint that wants it, whatever fails in between. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { LrmEndpoint, LrmEvent } from '../../../src/config/lrm-schema.js'
import { Follower, type Delivery } from '../../../src/jobs/follower.js'
import type { JournalEntry } from '../../../src/redis/reader.js'
import type { Fact } from '../../../src/routing/facts.js'

const endpoint = (id: string, ...events: LrmEvent[]): LrmEndpoint => ({ id, url: 'https://lrm.example/hook', events, secretEnv: 'SECRET' })
const offered = (id: number, at = 1_000): JournalEntry => ({ id: `${id}-0`, fact: { type: 'offered', at, call: 'c1', queue: 'n1', agent: 'arm01', leg: 'l', why: { rule: 'sender' } } })
const other = (id: number, fact: Fact | null = { type: 'ignored', at: 1_000, event: 'joined', why: 'stale' }): JournalEntry => ({ id: `${id}-0`, fact })

let entries: JournalEntry[]
let position: string | null
let added: Delivery[]
/** Calls that fail next. */
let failing: ('position' | 'add' | 'setPosition')[]
let problems: number

beforeEach(() => {
  entries = []
  position = '0-0'
  added = []
  failing = []
  problems = 0
})

const may = (what: (typeof failing)[number]): void => {
  if (failing[0] !== what) return
  failing.shift()
  throw new Error('Redis is away')
}

/** Follows until everything is read. */
async function follow(endpoints: readonly LrmEndpoint[], { now = 2_000, most = 3 } = {}): Promise<void> {
  const end = new AbortController()
  const follower = new Follower({
    journal: {
      position: async () => (may('position'), position),
      setPosition: async (id) => (may('setPosition'), void (position = id)),
      fact: async () => null,
      call: async () => null,
      drm: async () => null,
    },
    from: '1-0',
    next: async (after) => {
      const next = entries.filter(({ id }) => Number.parseInt(id) > Number.parseInt(after)).slice(0, most)
      if (next.length === 0) end.abort()
      return next
    },
    endpoints,
    add: async (deliveries) => {
      may('add')
      added.push(...deliveries)
    },
    now: () => now,
    ageMsMax: 10_000,
    onProblem: () => problems++,
  })
  await follower.follow(end.signal)
}

const ids = () => added.map(({ entry, endpoint: to }) => `${entry} ${to}`)

describe('a follower', () => {
  it('adds each event for each endpoint that wants it, in order, and says how far it is', async () => {
    entries = [other(1), offered(2), other(3, null), { id: '4-0', fact: { type: 'drm-opened', at: 1_000, call: 'c1', drm: 'd', agent: 'arm01' } }]
    await follow([endpoint('a', 'call-offered', 'drm-opened'), endpoint('b', 'drm-opened')])
    expect(ids()).toEqual(['2-0 a', '4-0 a', '4-0 b'])
    expect(position).toBe('4-0')
  })

  it('goes on where the one before left off, and where it is told to begin when there was none', async () => {
    entries = [offered(1), offered(2)]
    position = '0-0'
    await follow([endpoint('a', 'call-offered')])
    expect(ids()).toEqual(['1-0 a', '2-0 a'])
    added = []
    position = null
    await follow([endpoint('a', 'call-offered')])
    expect(ids()).toEqual(['2-0 a'])
    expect(position).toBe('2-0')
  })

  it('tells nobody of what is long past', async () => {
    entries = [offered(1), offered(2, 11_500)]
    await follow([endpoint('a', 'call-offered')], { now: 12_000 })
    expect(ids()).toEqual(['2-0 a'])
  })

  it.each(['position', 'add', 'setPosition'] as const)('leaves nothing out when it fails at %s, and adds the same again under the same name', async (what) => {
    entries = [offered(1), offered(2)]
    failing = [what]
    await follow([endpoint('a', 'call-offered')])
    expect(problems).toBe(1)
    expect([...new Set(ids())]).toEqual(['1-0 a', '2-0 a'])
    expect(position).toBe('2-0')
  })
})

it('tells nobody of a canary', async () => {
  entries = [other(1, { type: 'presented', at: 1_000, call: 'c1', trunk: 'canary', number: 'canary', class: 'P2', arrivedAt: 1_000 }), offered(2)]
  await follow([endpoint('a', 'call-offered')])
  expect(added).toEqual([])
})
