/**
 * What the phones cost: 30 phones, 20 calls with a tone each way and every ear listening, in one process.
 * `npx tsx lab/phone/bench.ts [seconds]` prints one JSON line; a leg is one phone's side of a call.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Phone } from './phone.js'
import { toneFor } from './tones.js'
import type { Media } from './rtp-line.js'

const phoneCount = 30
const callCount = 20

async function measure(media: Media, seconds: number): Promise<void> {
  const start = (at: number) => Phone.start({ server: '127.0.0.1:9', user: `phone${at}`, tone: toneFor(at), media })
  const phones = await Promise.all(Array.from({ length: phoneCount }, (_, at) => start(at)))
  const trunk = await Phone.start({ server: '127.0.0.1:9', bind: '127.0.0.2', tone: toneFor(phoneCount), media })
  const started = process.cpuUsage()
  for (const phone of phones) phone.on('ring', (call) => void call.answer())
  const calls = await Promise.all(phones.slice(0, callCount).map((phone) => trunk.dial(`sip:${phone.user}@${phone.address}`)))
  await Promise.all(calls.map((call) => call.answered))
  const setUp = process.cpuUsage(started)
  if (media === 'tone') await Promise.all(calls.map((call, at) => call.ear.hears(phones[at]?.tone ?? 0)))

  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const talking = process.cpuUsage()
  const fromNs = process.hrtime.bigint()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const used = process.cpuUsage(talking)
  const toNs = process.hrtime.bigint()
  delay.disable()
  const gapsMs = calls.map((call) => call.ear.longestGapMs({ fromNs, toNs }))
  const cpu = (used.user + used.system) / 1000 / (Number(toNs - fromNs) / 1e6)
  const legs = 2 * callCount
  console.log(
    JSON.stringify({
      media,
      legs,
      cpuPercent: round(100 * cpu),
      cpuPercentPerLeg: round((100 * cpu) / legs),
      setUpCpuMsPerCall: round((setUp.user + setUp.system) / 1000 / callCount),
      eventLoopDelayMs: { p50: round(delay.percentile(50) / 1e6), p99: round(delay.percentile(99) / 1e6) },
      ...(media === 'tone' ? { longestGapMs: round(Math.max(...gapsMs)) } : {}),
    }),
  )
  await Promise.all([...phones, trunk].map((phone) => phone.stop()))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

for (const media of ['tone', 'silent', 'none'] as const) await measure(media, Number(process.argv[2] ?? 5))
