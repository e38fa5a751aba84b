/** From the answer key to sound, call after call: in the page, and at the caller. */
import type { Page } from 'playwright-core'
import { monotonicMs } from '../../lab/phone/clock.js'
import { voiceHz, type House } from './house.js'

export interface Answered {
  /** From the key to the first audio packet played in the page, ms of the page's clock. */
  readonly pageMs: number
  /** From the key to the first of the agent's voice at the caller, ms; the way from the test to the browser is in it. */
  readonly callerMs: number
}

/** One call, answered by key and ended by the caller. @throws when either hears nothing */
export async function answerOne(house: House, page: Page): Promise<Answered> {
  const caller = await house.dial('15')
  await page.locator('.ring .answer').waitFor()
  await page.evaluate(hearAfterKey)
  const pressedAt = monotonicMs()
  await page.keyboard.press('d')
  const pageMs = await page.evaluate(() => (window as unknown as { heard: Promise<number> }).heard)
  await caller.call.ear.hears(voiceHz)
  const voice = caller.call.ear.heardTones().find(({ what, fromMs }) => what === voiceHz && fromMs >= pressedAt)
  if (voice === undefined) throw new Error('the caller heard no voice')
  await caller.call.hangup()
  await page.locator('.state.ready').waitFor()
  return { pageMs, callerMs: voice.fromMs - pressedAt }
}

/**
 * Runs in the page: `heard` settles with ms from the key to the first audio packet played on the connection that it opens. Asked of
 * the receiver itself: statistics are up to 50 ms old.
 */
function hearAfterKey(): void {
  const { connections } = window as unknown as { connections: RTCPeerConnection[] }
  const before = connections.length
  const heard = new Promise<number>((resolve, reject) => {
    window.addEventListener(
      'keydown',
      () => {
        const pressedAt = performance.now()
        const look = (): void => {
          const [source] = connections[before]?.getReceivers()[0]?.getSynchronizationSources() ?? []
          const ms = performance.now() - pressedAt
          if (source !== undefined) resolve(ms)
          else if (ms > 10_000) reject(new Error('nothing was heard in the page'))
          else setTimeout(look, 4)
        }
        look()
      },
      { once: true, capture: true },
    )
  })
  Object.assign(window, { heard })
}

/** @param share 0.5 for the median */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN
}
