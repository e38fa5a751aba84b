/** The servers that the engine stands on, and those it hears: looked at when scraped, by what was last seen of them. */
import { Counter, Histogram, type Registry } from 'prom-client'
import type { PbxLoad } from '../ari/pbx-load.js'
import type { SoundSample } from '../ari/sound-watch.js'
import type { RedisUse, RoomStore } from '../redis/store.js'
import { atScrape } from './at-scrape.js'
import { seconds } from './units.js'

const JITTER_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2]
const ROUND_TRIP_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1]

export const createServerMetrics = (registry: Registry) => {
  const gauge = atScrape(registry)
  const registers = [registry]
  let redis: () => RedisUse | null = () => null
  let backlog: () => RoomStore['backlog'] = () => ({ facts: 0, dropped: 0 })
  let pbx: () => PbxLoad | null = () => null
  let silenceMs: () => number | null = () => null
  let neighbourSilenceMs: () => Iterable<readonly [neighbour: string, ms: number]> = () => []
  let certificates: () => Iterable<readonly [certificate: string, until: number]> = () => []

  gauge('redis_memory_bytes', 'Memory that Redis uses, as it said a few seconds ago.', [], (to) => {
    const use = redis()
    if (use) to.set(use.memoryBytes)
  })
  gauge('redis_memory_limit_bytes', 'Memory that Redis may use; absent without a limit.', [], (to) => {
    const limit = redis()?.memoryBytesMax ?? null
    if (limit !== null) to.set(limit)
  })
  gauge('journal_entries', 'Facts that the journal in Redis holds.', [], (to) => {
    const use = redis()
    if (use) to.set(use.journalEntries)
  })
  gauge('journal_unconfirmed_facts', 'Facts whose writing Redis has not confirmed yet.', [], (to) => to.set(backlog().facts))
  counterOf(registry, 'journal_dropped_facts', 'Facts lost to the journal: too many waited for a Redis that was away.', () => backlog().dropped)

  gauge('pbx_taskprocessor_queue', 'Longest queue of one task processor of the PBX, by family.', ['family'], (to) => {
    for (const [family, length] of pbx()?.taskQueues ?? []) to.set({ family }, length)
  })
  gauge('pbx_taskprocessors_overloaded', 'Task processors of the PBX over their high water: it refuses new calls then.', [], (to) => {
    const load = pbx()
    if (load) to.set(load.overloaded)
  })
  counterOf(registry, 'pbx_process_cpu_seconds', 'Processor time of the PBX; absent where its process cannot be seen.', () => pbx()?.process?.cpuSeconds ?? null)
  gauge('pbx_process_resident_memory_bytes', 'Memory of the PBX; absent where its process cannot be seen.', [], (to) => {
    const memory = pbx()?.process?.memoryBytes
    if (memory !== undefined) to.set(memory)
  })
  gauge('ari_silence_seconds', 'Since anything was heard on the connection of ARI events; absent while there is none.', [], (to) => {
    const ms = silenceMs()
    if (ms !== null) to.set(seconds(ms))
  })
  gauge('neighbour_silence_seconds', 'Since a neighbour was last heard; absent before the first time.', ['neighbour'], (to) => {
    for (const [neighbour, ms] of neighbourSilenceMs()) to.set({ neighbour }, seconds(ms))
  })
  gauge('certificate_expiry_timestamp_seconds', 'Until when a certificate is good: that of the HTTP server, that of the link to neighbours, and the first to end of those who sign theirs.', ['certificate'], (to) => {
    for (const [certificate, until] of certificates()) to.set({ certificate }, seconds(until))
  })

  const where = ['trunk', 'site'] as const
  const received = new Counter({ name: 'decroche_rtp_packets_received_total', help: 'RTP packets received, of the calls sampled: by trunk of callers, by site of people.', labelNames: where, registers })
  const lost = new Counter({ name: 'decroche_rtp_packets_lost_total', help: 'RTP packets that did not arrive, of the calls sampled.', labelNames: where, registers })
  const jitter = new Histogram({ name: 'decroche_rtp_jitter_seconds', help: 'Jitter of RTP received, each time a call was sampled.', labelNames: where, buckets: JITTER_SECONDS, registers })
  const roundTrip = new Histogram({ name: 'decroche_rtp_round_trip_seconds', help: 'Round trip of RTP by RTCP, each time a call was sampled.', labelNames: where, buckets: ROUND_TRIP_SECONDS, registers })

  return {
    /** As last said; null while it says nothing. And what waits to be written. */
    redis: (use: () => RedisUse | null, waiting: () => RoomStore['backlog']): void => {
      redis = use
      backlog = waiting
    },
    /** As last said; null while it says nothing. */
    pbx: (look: () => PbxLoad | null): void => {
      pbx = look
    },
    /** Since anything was heard, ms; null without a connection. */
    ariSilence: (look: () => number | null): void => {
      silenceMs = look
    },
    /** The same of each neighbour that was ever heard. */
    neighbourSilence: (look: () => Iterable<readonly [neighbour: string, ms: number]>): void => {
      neighbourSilenceMs = look
    },
    /** Until when each is good, ms since the epoch. */
    certificates: (source: () => Iterable<readonly [certificate: string, until: number]>): void => {
      certificates = source
    },
    /** A channel was asked how its sound arrives. */
    onSound: ({ trunk, site, ...sample }: SoundSample): void => {
      const labels = { trunk, site }
      received.inc(labels, sample.received)
      lost.inc(labels, sample.lost)
      jitter.observe(labels, sample.jitterSeconds)
      if (sample.roundTripSeconds !== null) roundTrip.observe(labels, sample.roundTripSeconds)
    },
  }
}

/** A counter that somebody else keeps; absent while they do not say. */
const counterOf = (registry: Registry, name: string, help: string, read: () => number | null): void =>
  void new Counter({
    name: `decroche_${name}_total`,
    help,
    registers: [registry],
    collect() {
      this.reset()
      this.remove()
      const value = read()
      if (value !== null) this.inc(value)
    },
  })
