/** A SAS whose people work in browsers: stack, engine, callers on real trunks, Chromium with a tone for a voice. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { callerNumber } from '../../lab/journeys.js'
import { startAsterisk, type Asterisk } from '../../lab/asterisk.js'
import type { OutgoingCall } from '../../lab/phone/call.js'
import { Phone } from '../../lab/phone/phone.js'
import { toneFor } from '../../lab/phone/tones.js'
import { freePort } from '../../lab/ports.js'
import { Relay } from '../../lab/relay.js'
import { scratchDirectory } from '../../lab/scratch.js'
import { Stack, type EngineProcess } from '../../lab/stack.js'
import { hashPassword } from '../../src/auth/password.js'
import { loadConfig } from '../../src/config/load.js'
import { accountsIn } from '../../src/redis/accounts.js'
import { createClient } from '../../src/redis/client.js'
import { keysOf } from '../../src/redis/keys.js'
import { configWith } from '../integration/floor.js'
import { voiceFile } from './voice.js'

export const password = 'un mot de passe fictif'
/** What everybody in a browser says, in Hz. */
export const voiceHz = toneFor(0)

/** What is said by whoever is called on a trunk, in Hz. */
export const trunkHz = toneFor(9)

const chromiumFlags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required'],
  ...['--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns', '--mute-audio'],
]

export interface HouseOptions {
  readonly change?: Parameters<typeof configWith>[0]
}

export class House {
  readonly #contexts: BrowserContext[] = []
  readonly #browsers: Browser[] = []
  #callers = 0
  private constructor(
    readonly stack: Stack,
    readonly engine: EngineProcess,
    readonly browser: Browser,
    readonly launch: () => Promise<Browser>,
    /** Between the pages' phones and Asterisk's websocket. */
    readonly sipRelay: Relay,
    /** Between the pages and the engine. */
    readonly webRelay: Relay,
    readonly asterisk: Asterisk,
    readonly trunks: ReadonlyMap<string, Phone>,
  ) {}

  static async open({ change = () => {} }: HouseOptions = {}): Promise<House> {
    const [operatorPort, firePort] = [await freePort(), await freePort()]
    const configFile = configWith((sas) => {
      // Called there: the CODIS, and numbers outside.
      Object.assign(sas.trunks['operator'] ?? {}, { peer: `127.0.0.2:${operatorPort}` })
      Object.assign(sas.trunks['fire'] ?? {}, { peer: `127.0.0.3:${firePort}` })
      sas.n1 = { ringSeconds: 8, asideSeconds: 5, wrapUpSeconds: 1, escalateSeconds: 60 }
      for (const filiere of sas.filieres) for (const stage of filiere.stages) Object.assign(stage, { ringSeconds: 8, wrapUpSeconds: 1, returnSeconds: 60 })
      sas.accounts = [{ id: 'sup01', rights: ['supervisor'] }]
      change(sas)
    })
    const config = loadConfig(configFile)
    // They listen before Asterisk looks for them: it looks again only ten seconds later.
    const sipPort = await freePort()
    const trunks = new Map<string, Phone>()
    const ports: Readonly<Record<string, number>> = { operator: operatorPort, fire: firePort }
    for (const [id, trunk] of Object.entries(config.trunks)) {
      const port = ports[id]
      trunks.set(id, await Phone.start({ server: `127.0.0.1:${sipPort}`, user: id, bind: trunk.match[0] as string, tone: trunkHz, ...(port !== undefined && { port }) }))
    }
    const asterisk = await startAsterisk({ config, site: { sip: { address: '127.0.0.1', port: sipPort } } })
    const sipRelay = await Relay.start(asterisk.ariUrl)
    const server = `${sipRelay.url.replace('http:', 'ws:')}/ws`
    const stack = await Stack.start({ configFile, pbx: asterisk, environment: { DECROCHE_SESSION_SECRET: 'a secret of the tests alone, long enough', DECROCHE_SIP_WS_URL: server } })
    await setPasswords(stack)
    const engine = await stack.startEngine()
    await engine.active
    const voice = join(scratchDirectory('voice'), 'voice.wav')
    writeFileSync(voice, voiceFile(voiceHz))
    const launch = (): Promise<Browser> => chromium.launch({ executablePath: '/usr/bin/chromium', args: [...chromiumFlags, `--use-file-for-fake-audio-capture=${voice}`] })
    const browser = await launch()
    const webRelay = await Relay.start(engine.url)
    return new House(stack, engine, browser, launch, sipRelay, webRelay, asterisk, trunks)
  }

  /** A fresh browser profile on one of the pages, nobody signed in. */
  async visit(path: '/' | '/mur', options: Parameters<Browser['newContext']>[0] = {}, browser = this.browser): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'fr-FR', timezoneId: 'Europe/Paris', colorScheme: 'light', ...options })
    this.#contexts.push(context)
    // A benchmark's functions come into the page as tsx makes them: each with a call that keeps its name.
    await context.addInitScript('globalThis.__name ??= (named) => named')
    await context.addInitScript(watchConnections)
    await context.addInitScript(leaveVoiceAlone)
    const page = await context.newPage()
    await page.goto(this.webRelay.url + path)
    return page
  }

  /** Somebody signs in and takes their post, and their phone is ready. */
  async desk(person: string, options: Parameters<Browser['newContext']>[0] = {}, browser = this.browser): Promise<Page> {
    const page = await this.visit('/', options, browser)
    await signIn(page, person)
    await page.getByText('Téléphone prêt').waitFor()
    await page.keyboard.press('v')
    await page.locator('.state:not(.signed-out)').waitFor()
    return page
  }

  /** A machine of its own, whose network can be frozen without the others'. */
  async machine(): Promise<Browser> {
    const browser = await this.launch()
    this.#browsers.push(browser)
    return browser
  }

  async wall(account = 'sup01'): Promise<Page> {
    const page = await this.visit('/mur', { viewport: { width: 1920, height: 1080 } })
    await signIn(page, account)
    await page.locator('.wall').waitFor()
    return page
  }

  /** A caller dials. Each has a number and a tone of their own. */
  async dial(number: string, trunk = 'operator', headers: Readonly<Record<string, string>> = {}): Promise<{ call: OutgoingCall; from: string; tone: number }> {
    const index = this.#callers++
    const from = callerNumber(index)
    const tone = toneFor(1 + (index % 8))
    const phone = this.trunks.get(trunk)
    if (phone === undefined) throw new Error(`no trunk ${trunk}`)
    return { call: await phone.dial(number, { from, asserted: from, tone, headers }), from, tone }
  }

  /** A caller dials; whoever sits at the page picks up by key, and both hear each other. */
  async callTo(page: Page, number: string): Promise<Awaited<ReturnType<House['dial']>>> {
    const caller = await this.dial(number)
    await pickUp(page)
    await talk(page, caller)
    return caller
  }

  /** Between two tests: no page, nobody on the line, nobody signed in. */
  async clear(): Promise<void> {
    await Promise.all([...this.trunks.values()].flatMap((phone) => [...phone.calls]).map((call) => call.hangup()))
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()))
    await Promise.all(this.#browsers.splice(0).map((browser) => browser.close()))
    const { agents } = (await this.engine.api.get('room')) as { agents: { id: string; state: string }[] }
    for (const { id, state } of agents) if (state !== 'signed-out') await this.engine.api.signOut(id)
  }

  async close(): Promise<void> {
    await this.browser.close()
    await Promise.all([...this.trunks.values()].map((phone) => phone.stop()))
    await this.stack.stop()
    await this.sipRelay.stop()
    await this.webRelay.stop()
  }
}

export async function signIn(page: Page, account: string, secret = password): Promise<void> {
  await page.getByLabel('Compte').fill(account)
  await page.getByLabel('Mot de passe').fill(secret)
  await page.keyboard.press('Enter')
}

async function setPasswords({ redisUrl, config }: Stack): Promise<void> {
  const redis = createClient({ url: redisUrl, commandTimeoutMs: 2_000, name: 'browser-tests', reconnect: false })
  await redis.connect()
  const accounts = accountsIn(redis, keysOf(config.sas.id).accounts)
  const hash = await hashPassword(password)
  for (const { id } of [...config.people, ...config.accounts]) await accounts.set(id, { hash, setAt: Date.now() })
  redis.disconnect()
}

/** Runs in the page before all else: keeps each connection that is made, for its statistics. */
function watchConnections(): void {
  const made: RTCPeerConnection[] = []
  Object.assign(window, { connections: made })
  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
    construct: (target, args: [RTCConfiguration?]) => {
      const connection = new target(...args)
      made.push(connection)
      return connection
    },
  })
}

/** A steady tone is what a browser takes for noise, and takes away. Keeps each microphone that was opened. */
function leaveVoiceAlone(): void {
  const devices = navigator.mediaDevices
  const usual = devices.getUserMedia.bind(devices)
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
  const microphones: MediaStreamTrack[] = []
  Object.assign(window, { microphones })
  devices.getUserMedia = async (wanted) => {
    const stream = await usual({ audio: { ...(typeof wanted?.audio === 'object' ? wanted.audio : {}), ...plain } })
    microphones.push(...stream.getTracks())
    return stream
  }
}

/** Packets and energy heard so far on a page's living call (W3C webrtc-stats). */
export const heardBy = (page: Page): Promise<{ packets: number; energy: number }> =>
  page.evaluate(async () => {
    const { connections } = window as unknown as { connections: RTCPeerConnection[] }
    const living = connections.filter(({ connectionState }) => connectionState !== 'closed').at(-1)
    let [packets, energy] = [0, 0]
    ;(await living?.getStats())?.forEach((one: RTCInboundRtpStreamStats) => {
      if (one.type === 'inbound-rtp') [packets, energy] = [one.packetsReceived ?? 0, one.totalAudioEnergy ?? 0]
    })
    return { packets, energy }
  })

/** Sound comes out of the page's earpiece: energy grows, not packets alone. */
export async function pageHears(page: Page, withinMs = 5_000): Promise<void> {
  const before = await heardBy(page)
  const until = Date.now() + withinMs
  for (;;) {
    const { packets, energy } = await heardBy(page)
    // A tenth of a second of a tone that can be heard.
    if (packets > before.packets && energy > before.energy + 1e-4) return
    if (Date.now() > until) throw new Error(`no sound in the page: ${packets - before.packets} packets, energy ${energy - before.energy}`)
    await page.waitForTimeout(50)
  }
}

/** The phone of the page rings, and is picked up by key. */
export async function pickUp(page: Page): Promise<void> {
  await page.locator('.ring .answer').waitFor()
  await page.keyboard.press('d')
}

/** Both ways: the page hears the caller, and the caller hears a voice from the page. */
export async function talk(page: Page, caller: { call: OutgoingCall }): Promise<void> {
  await Promise.all([pageHears(page), caller.call.ear.hears(voiceHz)])
}
