/**
 * A Redis with the commands and the scripts of the room's memory, and with what may happen to one: frozen, killed and back with all, with
 * less, or with nothing, emptied, full. The scripts are those of src/redis/scripts, said in TypeScript: the conformance suite holds
 * both to the same.
 */
import { Process, type Time } from './timeline.js'

interface Data {
  strings: Map<string, string>
  hashes: Map<string, Map<string, string>>
  sets: Map<string, Set<string>>
  /** When keys expire, server's time. */
  expiries: Map<string, number>
  /** Entries of the one stream: how many there are of all that were ever added. */
  streams: Map<string, Entry[]>
}

export interface Entry {
  readonly id: string
  readonly fields: [string, string]
}

type Arg = string | number
type Command = (redis: FakeRedis, ...args: Arg[]) => unknown

const emptyData = (): Data => ({ strings: new Map(), hashes: new Map(), sets: new Map(), expiries: new Map(), streams: new Map() })

const copyOf = (data: Data): Data => ({
  strings: new Map(data.strings),
  hashes: new Map([...data.hashes].map(([key, hash]) => [key, new Map(hash)])),
  sets: new Map([...data.sets].map(([key, set]) => [key, new Set(set)])),
  expiries: new Map(data.expiries),
  streams: new Map([...data.streams].map(([key, entries]) => [key, [...entries]])),
})

/** How often the append-only file is written to disk (`appendfsync everysec`). */
const syncMs = 1_000

export class FakeRedis {
  process = new Process('redis')
  /** No memory left: whatever needs some is refused. */
  full = false
  /** Takes connections. */
  listening = true
  /** Counts incarnations: what was connected to an earlier one is not to this. */
  run = 0
  #data = emptyData()
  /** As the disk has it. */
  #synced = { at: 0, data: emptyData() }
  #lastEntry = 0
  /** Everything that ever reached a stream, whatever became of it. */
  onAppended: (json: string, epoch: string) => void = () => {}
  /** Of the script that is being run. */
  epoch = ''
  /** Entries that were there and are not any more. */
  onLost: (json: string) => void = () => {}

  constructor(
    readonly time: Time,
    readonly epochMs: number,
  ) {}

  /** Milliseconds since the epoch, with fractions. */
  get nowMs(): number {
    return this.epochMs + this.time.now
  }

  /** @throws Error as Redis words it */
  execute(name: string, args: readonly Arg[]): unknown {
    const command = commands[name]
    if (!command) throw new Error(`ERR unknown command '${name}'`)
    this.#sync()
    return command(this, ...args)
  }

  /** Killed, and started again with what the disk had, or with nothing. */
  restart(keeps: 'all' | 'synced' | 'nothing'): Process {
    const dead = this.process
    if (keeps !== 'all') this.#become(keeps === 'synced' ? copyOf(this.#synced.data) : emptyData())
    this.process = new Process('redis')
    this.run++
    this.#synced = { at: this.time.now, data: copyOf(this.#data) }
    return dead
  }

  flush(): void {
    this.#become(emptyData())
    this.#synced = { at: this.time.now, data: emptyData() }
  }

  entries(key: string): readonly Entry[] {
    return this.#data.streams.get(key) ?? []
  }

  // What commands are made of.

  string(key: string): string | null {
    return this.#living(key) ? (this.#data.strings.get(key) ?? null) : null
  }

  hash(key: string): ReadonlyMap<string, string> {
    return (this.#living(key) && this.#data.hashes.get(key)) || new Map<string, string>()
  }

  leftMs(key: string): number {
    const at = this.#living(key) ? this.#data.expiries.get(key) : undefined
    return at === undefined ? (this.exists(key) ? -1 : -2) : Math.max(0, Math.ceil(at - this.nowMs))
  }

  exists(key: string): boolean {
    const { strings, hashes, sets, streams } = this.#data
    return this.#living(key) && (strings.has(key) || hashes.has(key) || sets.has(key) || streams.has(key))
  }

  set(key: string, value: string, ttlMs: number | null): void {
    this.#needMemory()
    this.del(key)
    this.#data.strings.set(key, value)
    if (ttlMs !== null) this.#data.expiries.set(key, this.nowMs + ttlMs)
  }

  /** @param first whether it is the first write of what is asked: a script that wrote something is let go on */
  hset(key: string, pairs: readonly Arg[], first = true): void {
    if (first) this.#needMemory()
    this.#living(key)
    const hash = this.#data.hashes.get(key) ?? new Map<string, string>()
    for (let i = 0; i < pairs.length; i += 2) hash.set(String(pairs[i]), String(pairs[i + 1]))
    this.#data.hashes.set(key, hash)
  }

  hdel(key: string, fields: readonly Arg[]): number {
    const hash = this.#data.hashes.get(key)
    let gone = 0
    for (const field of fields) if (hash?.delete(String(field))) gone++
    if (hash?.size === 0) this.del(key)
    return gone
  }

  sadd(key: string, members: readonly Arg[]): void {
    this.#needMemory()
    const set = this.#data.sets.get(key) ?? new Set<string>()
    for (const member of members) set.add(String(member))
    this.#data.sets.set(key, set)
  }

  members(key: string): string[] {
    return [...(this.#data.sets.get(key) ?? [])]
  }

  del(key: string): boolean {
    const { strings, hashes, sets, streams, expiries } = this.#data
    const was = this.exists(key)
    for (const kind of [strings, hashes, sets, streams, expiries]) kind.delete(key)
    return was
  }

  pexpire(key: string, ms: number): boolean {
    if (!this.exists(key)) return false
    this.#data.expiries.set(key, this.nowMs + ms)
    return true
  }

  xadd(key: string, lengthMax: number, field: string, value: string): string {
    this.#needMemory()
    const entries = this.#data.streams.get(key) ?? []
    const id = `${Math.floor(this.nowMs)}-${++this.#lastEntry}`
    entries.push({ id, fields: [field, value] })
    // About, in pages, as Redis does it.
    if (entries.length > lengthMax + 100) entries.splice(0, entries.length - lengthMax)
    this.#data.streams.set(key, entries)
    this.onAppended(value, this.epoch)
    return id
  }

  #living(key: string): boolean {
    const at = this.#data.expiries.get(key)
    if (at === undefined || at > this.nowMs) return true
    this.#data.expiries.delete(key)
    this.del(key)
    return true
  }

  #needMemory(): void {
    if (this.full) throw new Error("OOM command not allowed when used memory > 'maxmemory'.")
  }

  #become(data: Data): void {
    for (const [key, entries] of this.#data.streams) {
      const kept = data.streams.get(key)?.length ?? 0
      for (const { fields } of entries.slice(kept)) this.onLost(fields[1])
    }
    this.#data = data
  }

  /** A copy of what is there now is what the disk has for the next second. */
  #sync(): void {
    if (this.time.now - this.#synced.at >= syncMs) this.#synced = { at: this.time.now, data: copyOf(this.#data) }
  }
}

const commands: Readonly<Record<string, Command>> = {
  get: (redis, key) => redis.string(String(key)),
  set: (redis, key, value) => {
    redis.set(String(key), String(value), null)
    return 'OK'
  },
  del: (redis, ...keys) => keys.filter((key) => redis.del(String(key))).length,
  dump: (redis, key) => JSON.stringify([...redis.hash(String(key))]),
  exists: (redis, ...keys) => keys.filter((key) => redis.exists(String(key))).length,
  pttl: (redis, key) => redis.leftMs(String(key)),
  pexpire: (redis, key, ms) => Number(redis.pexpire(String(key), Number(ms))),
  hset: (redis, key, ...pairs) => {
    redis.hset(String(key), pairs)
    return pairs.length / 2
  },
  hdel: (redis, key, ...fields) => redis.hdel(String(key), fields),
  hmget: (redis, key, ...fields) => fields.map((field) => redis.hash(String(key)).get(String(field)) ?? null),
  hkeys: (redis, key) => [...redis.hash(String(key)).keys()],
  hgetall: (redis, key) => Object.fromEntries(redis.hash(String(key))),
  sadd: (redis, key, ...members) => {
    redis.sadd(String(key), members)
    return members.length
  },
  smembers: (redis, key) => redis.members(String(key)),
  flushall: (redis) => {
    redis.flush()
    return 'OK'
  },
  xadd: (redis, key, _id, field, value) => redis.xadd(String(key), Infinity, String(field), String(value)),
  xlen: (redis, key) => redis.entries(String(key)).length,
  xrange: (redis, key, from, to, _count, count) => {
    const entries = redis.entries(String(key))
    const exclusive = String(from).startsWith('(')
    const start = from === '-' ? 0 : entries.findIndex(({ id }) => order(id, String(from).replace('(', '')) > (exclusive ? 0 : -1))
    if (start < 0) return []
    return entries
      .slice(start, count === undefined ? undefined : start + Number(count))
      .filter(({ id }) => to === '+' || order(id, String(to)) <= 0)
      .map(({ id, fields }) => [id, fields])
  },
  xrevrange: (redis, key, _to, _from, _count, count) =>
    redis
      .entries(String(key))
      .slice(-Number(count))
      .reverse()
      .map(({ id, fields }) => [id, fields]),
  acquireLease,
  renewLease,
  releaseLease,
  commitRoom,
  replaceRoom,
}

const order = (a: string, b: string): number => {
  const [[aMs = 0, aSeq = 0], [bMs = 0, bSeq = 0]] = [a.split('-').map(Number), b.split('-').map(Number)]
  return aMs - bMs || aSeq - bSeq
}

function acquireLease(redis: FakeRedis, lease: Arg, meta: Arg, owner: Arg, ttlMs: Arg, about: Arg, heardUs: Arg, pausedUs: Arg, notBeforeUs: Arg, patienceMs: Arg, renewedBefore: Arg, gapsBefore: Arg, gapsMax: Arg): unknown {
  const holder = redis.string(String(lease))
  const now = Math.floor(redis.nowMs * 1_000)
  const known = redis.hash(String(meta)).get('epoch')
  const renewed = redis.hash(String(meta)).get('renewed') ?? ''
  const ttl = Number(ttlMs) * 1_000
  let gaps = renewed === String(renewedBefore) ? Number(gapsBefore) : 0
  const heard = Number(heardUs)
  let earliest = Number(notBeforeUs)
  const underway = now - heard - Number(pausedUs)
  earliest = Math.min(earliest, now + Number(patienceMs) * 1_000)
  if (known !== undefined && now >= earliest) earliest = 0
  if (heard > 0 && gaps < Number(gapsMax) && (now - heard > ttl || underway > ttl / 3 || (known === undefined && earliest === 0))) {
    earliest = now + Number(patienceMs) * 1_000
    gaps++
  }
  const refused = (by: string, leftMs: number): unknown => [0, by, leftMs, String(now), String(earliest), renewed, gaps]
  if (holder !== null && holder !== String(owner)) return refused(holder, redis.leftMs(String(lease)))
  if (now < earliest) return refused('', Math.ceil((earliest - now) / 1_000))
  const epoch = String(Math.max(Number(known ?? 0) + 1, now))
  redis.set(String(lease), String(owner), Number(ttlMs))
  redis.hset(String(meta), ['epoch', epoch, 'owner', owner, 'seq', '0', 'about', about, 'renewed', String(now)])
  return [1, epoch]
}

function renewLease(redis: FakeRedis, lease: Arg, meta: Arg, owner: Arg, epoch: Arg, ttlMs: Arg): number {
  const known = redis.hash(String(meta)).get('epoch')
  if (known !== undefined && known !== String(epoch)) return 0
  const holder = redis.string(String(lease))
  if (holder !== null && holder !== String(owner)) return 0
  if (holder === null) redis.set(String(lease), String(owner), Number(ttlMs))
  else redis.pexpire(String(lease), Number(ttlMs))
  redis.hset(String(meta), ['renewed', String(Math.floor(redis.nowMs * 1_000))], false)
  return known === undefined ? 2 : 1
}

function releaseLease(redis: FakeRedis, lease: Arg, meta: Arg, owner: Arg, epoch: Arg): number {
  if (redis.hash(String(meta)).get('epoch') !== String(epoch) || redis.string(String(lease)) !== String(owner)) return 0
  redis.del(String(lease))
  return 1
}

function commitRoom(redis: FakeRedis, keyCount: Arg, ...args: Arg[]): number {
  const [keys, rest] = parted(keyCount, args)
  const [meta = '', calls = '', agents = '', journal = '', ...kept] = keys
  const [epoch, seq, lengthMax, retentionMs, callCount, agentCount, factCount, fallbackMark, overrides] = rest
  const known = redis.hash(meta)
  const knownEpoch = known.get('epoch')
  if (knownEpoch !== undefined && knownEpoch !== String(epoch)) return 0
  const expected = Number(known.get('seq') ?? -1) + 1
  if (knownEpoch === undefined || Number(seq) > expected) return -1
  if (Number(seq) < expected) return -2
  redis.hset(meta, ['seq', String(seq)])
  if (fallbackMark !== '') redis.hset(meta, ['fallback', String(fallbackMark)])
  if (overrides !== '') redis.hset(meta, ['overrides', String(overrides)])
  redis.epoch = String(epoch)
  let at = 9
  for (const [key, count] of [[calls, callCount], [agents, agentCount]] as const) {
    for (let i = 0; i < Number(count); i++, at += 2) {
      if (rest[at + 1] === '') redis.hdel(key, [rest[at] as Arg])
      else redis.hset(key, [rest[at] as Arg, rest[at + 1] as Arg])
    }
  }
  if (Number(callCount) > 0) redis.pexpire(calls, Number(retentionMs))
  for (let i = 0; i < Number(factCount); i++, at++) redis.xadd(journal, Number(lengthMax), 'f', String(rest[at]))
  for (const key of kept) redis.set(key, String(rest[at++]), Number(rest[at++]))
  return 1
}

function replaceRoom(redis: FakeRedis, keyCount: Arg, ...args: Arg[]): number {
  const [keys, rest] = parted(keyCount, args)
  const [meta = '', calls = '', agents = '', journal = '', ...kept] = keys
  const [epoch, seq, lengthMax, retentionMs, callCount, agentCount, factCount, owner, about, fallbackMark, overrides] = rest
  const known = redis.hash(meta)
  const knownEpoch = known.get('epoch')
  if (knownEpoch !== undefined && knownEpoch !== String(epoch)) return 0
  const written = knownEpoch === undefined ? 0 : Number(known.get('seq') ?? 0)
  if (written > Number(seq)) return -2
  redis.hset(meta, ['epoch', String(epoch), 'seq', String(seq), 'owner', owner as Arg, 'about', about as Arg, 'fallback', fallbackMark as Arg, 'overrides', overrides as Arg])
  redis.epoch = String(epoch)
  redis.del(calls)
  redis.del(agents)
  let at = 11
  for (const [key, count] of [[calls, callCount], [agents, agentCount]] as const)
    for (let i = 0; i < Number(count); i++, at += 2) redis.hset(key, [rest[at] as Arg, rest[at + 1] as Arg])
  redis.pexpire(calls, Number(retentionMs))
  for (let i = 0; i < Number(factCount); i++, at += 2)
    if (Number(rest[at]) > written) redis.xadd(journal, Number(lengthMax), 'f', String(rest[at + 1]))
  for (const key of kept) redis.set(key, String(rest[at++]), Number(rest[at++]))
  return 1
}

const parted = (count: Arg, args: readonly Arg[]): [string[], Arg[]] => [args.slice(0, Number(count)).map(String), args.slice(Number(count))]
