/** A browser that is lost during a call, and one that is not: the first costs its caller five seconds, the second nothing. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isAccessible } from './axe.js'
import { freezeNetwork } from './freeze.js'
import { House, pageHears, pickUp, talk } from './house.js'

let house: House
beforeAll(async () => {
  house = await House.open()
})
afterAll(() => house?.close())
afterEach(() => house.clear())

/** From the loss to another phone that rings: five seconds of silence, the second in which Asterisk looks, and the way there. */
const elsewhereMsMax = 7_000

/** The person who is to be lost talks, somebody else comes to their post afterwards. */
const twoDesks = async (first: Promise<Page>): Promise<{ arm: Page; other: Page; caller: Awaited<ReturnType<House['dial']>> }> => {
  const arm = await first
  const caller = await house.callTo(arm, '15')
  return { arm, other: await house.desk('arm02'), caller }
}

const rings = async (page: Page, what: string, since: number): Promise<void> => {
  await page.locator('.ring .answer').waitFor()
  const ms = performance.now() - since
  console.log(`${what}: offered to somebody else after ${Math.round(ms)} ms`)
  expect(ms).toBeLessThan(elsewhereMsMax)
}

const seconds = async (page: Page, count: number): Promise<void> => {
  await pause(count * 1_000)
  await page.locator('.call').waitFor()
}

it('a tab that crashes: somebody else is rung within seconds, and talks', async () => {
  const { arm, other, caller } = await twoDesks(house.desk('arm01'))
  const session = await arm.context().newCDPSession(arm)
  const since = performance.now()
  void session.send('Page.crash').catch(() => undefined)
  await rings(other, 'tab crashed', since)
  await other.keyboard.press('d')
  await talk(other, caller)
})

it('a tab that crashes on hold: the music does not go on for ever', async () => {
  const { arm, other, caller } = await twoDesks(house.desk('arm01'))
  await arm.keyboard.press('h')
  await caller.call.ear.hearsMusic()
  const session = await arm.context().newCDPSession(arm)
  const since = performance.now()
  void session.send('Page.crash').catch(() => undefined)
  await rings(other, 'tab crashed on hold', since)
  await other.keyboard.press('d')
  await talk(other, caller)
})

it('muted for long, and on hold for long, is the same call', async () => {
  const arm = await house.desk('arm01')
  const caller = await house.callTo(arm, '15')
  await arm.keyboard.press('m')
  await seconds(arm, 12)
  await arm.keyboard.press('m')
  await talk(arm, caller)
  await arm.keyboard.press('h')
  await caller.call.ear.hearsMusic()
  await seconds(arm, 12)
  await arm.keyboard.press('h')
  await talk(arm, caller)
})

it('a microphone that is refused keeps nobody from hearing the caller', async () => {
  const arm = await house.visit('/')
  await arm.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('refused', 'NotAllowedError'))
  })
  await house.signIn(arm, 'arm01')
  await arm.getByText('Téléphone prêt').waitFor()
  await arm.keyboard.press('v')
  await arm.locator('.state:not(.signed-out)').waitFor()
  await house.dial('15')
  await pickUp(arm)
  await pageHears(arm)
  await seconds(arm, 10)
  await pageHears(arm)
})

it('a headset that is pulled out: the call is kept, and talks again with the next one', async () => {
  const arm = await house.desk('arm01')
  const caller = await house.callTo(arm, '15')
  await arm.evaluate(unplug)
  await arm.getByText('Aucun micro trouvé').waitFor()
  await seconds(arm, 10)
  await pageHears(arm)
  await arm.evaluate(plugIn)
  await talk(arm, caller)
})

describe.each(['that stand', 'that are cut'] as const)('a network that is gone, with sockets %s', (which) => {
  /** The machine's network stands still; whoever else is there has sockets again at once. */
  const lose = async (machine: Browser, other: Page): Promise<() => void> => {
    const comeBack = await freezeNetwork(machine)
    if (which === 'that are cut') {
      house.sipRelay.cut()
      house.webRelay.cut()
      await other.locator('.chip.bad').first().waitFor()
    }
    await other.getByText('Moteur relié').waitFor()
    await other.getByText('Téléphone prêt').waitFor()
    return comeBack
  }

  it('for 3 s: the same call, with sound', async () => {
    const machine = await house.machine()
    const { arm, other, caller } = await twoDesks(house.desk('arm01', {}, machine))
    const since = performance.now()
    const comeBack = await lose(machine, other)
    await pause(Math.max(0, since + 3_000 - performance.now()))
    comeBack()
    const backAt = performance.now()
    if (which === 'that are cut') await arm.getByText('le son de l’appel est rétabli').waitFor()
    await talk(arm, caller)
    console.log(`3 s without network, sockets ${which}: sound both ways after ${Math.round(performance.now() - backAt)} ms`)
    await pause(3_000)
    await talk(arm, caller)
    expect(await other.locator('.ring').count()).toBe(0)
  })

  it('for 10 s: the caller is with somebody else, and the page says so when it is back', async () => {
    const machine = await house.machine()
    const { arm, other, caller } = await twoDesks(house.desk('arm01', {}, machine))
    const since = performance.now()
    const comeBack = await lose(machine, other)
    await rings(other, `network gone, sockets ${which}`, since)
    await other.keyboard.press('d')
    await talk(other, caller)
    await pause(Math.max(0, since + 10_000 - performance.now()))
    comeBack()
    const backAt = performance.now()
    await arm.getByText('Votre ligne a été coupée pendant l’appel : l’appelant parle avec arm02.').waitFor()
    console.log(`10 s without network, sockets ${which}: the page says what became of the caller ${Math.round(performance.now() - backAt)} ms after it is back`)
    await arm.locator('.call').waitFor({ state: 'detached' })
    await isAccessible(arm)
    await caller.call.hangup()
    await arm.getByText('Votre ligne a été coupée pendant l’appel : l’appel est terminé.').waitFor()
    await arm.getByText('Téléphone prêt').waitFor()
    await arm.locator('.state.ready').waitFor()
  })
})

/** Runs in the page: every track of a microphone ends, and there is no other device. */
function unplug(): void {
  const devices = navigator.mediaDevices as MediaDevices & { usual?: MediaDevices['getUserMedia'] }
  devices.usual = devices.getUserMedia
  devices.getUserMedia = () => Promise.reject(new DOMException('gone', 'NotFoundError'))
  const { microphones, connections } = window as unknown as { microphones: MediaStreamTrack[]; connections: RTCPeerConnection[] }
  const copies = connections.flatMap((connection) => connection.getSenders().flatMap(({ track }) => track ?? []))
  for (const track of [...copies, ...microphones]) {
    track.stop()
    track.dispatchEvent(new Event('ended'))
  }
}

function plugIn(): void {
  const devices = navigator.mediaDevices as MediaDevices & { usual?: MediaDevices['getUserMedia'] }
  if (devices.usual !== undefined) devices.getUserMedia = devices.usual
  devices.dispatchEvent(new Event('devicechange'))
}
