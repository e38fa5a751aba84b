/** A SAS whose people work in browsers: stack, engine, callers on real trunks, Chromium with a tone for a voice. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { openAccounts } from '../../lab/accounts.js'
import { callerNumber } from '../../lab/journeys.js'
import { startAsterisk, type Asterisk } from '../../lab/asterisk.js'
import { pinOf } from '../../lab/certificates.js'
import type { OutgoingCall } from '../../lab/phone/call.js'
import { Phone } from '../../lab/phone/phone.js'
import { toneFor } from '../../lab/phone/tones.js'
import { freePort } from '../../lab/ports.js'
import { Relay } from '../../lab/relay.js'
import { scratchDirectory } from '../../lab/scratch.js'
import { startSippCallers, type SippCallers } from '../../lab/sipp/index.js'
import { Stack, type EngineProcess, type StackOptions } from '../../lab/stack.js'
import { sipPassword } from '../../src/asterisk-config/site.js'
import { loadConfig } from '../../src/config/load.js'
import { configWith } from '../integration/floor.js'
import { voiceFile } from './voice.js'

/** What everybody in a browser says, in Hz. */
export const voiceHz = toneFor(0)

/** What is said by whoever is called on a trunk, in Hz. */
export const trunkHz = toneFor(9)

/** What is said by somebody at a desk phone, in Hz. */
export const deskHz = toneFor(10)

const chromiumFlags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required'],
  ...['--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns', '--mute-audio'],
]

export interface HouseOptions {
  /** Of the engine and of Asterisk: then the page comes by HTTPS, and its phone by WSS. */
  readonly tls?: StackOptions['tls']
  /** Where Asterisk takes SIP and sound; loopback by default. */
  readonly address?: string
  readonly change?: Parameters<typeof configWith>[0]
  /** Variables for the engine besides the usual. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface PageOptions extends BrowserContextOptions {
  /** Sound goes through TURN alone: by what the engine gave for it, but for this. */
  readonly turn?: Partial<RTCIceServer>
}

export class House {
  readonly #contexts: BrowserContext[] = []
  readonly #sipp: SippCallers[] = []
  readonly #deskPhones: Phone[] = []
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
    /** By account. */
    readonly passwords: ReadonlyMap<string, string>,
    /** Where the pages are. */
    readonly origin: string,
  ) {}

  static async open({ change = () => {}, tls, address = '127.0.0.1', environment = {} }: HouseOptions = {}): Promise<House> {
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
      trunks.set(id, await Phone.start({ server: `${address}:${sipPort}`, user: id, bind: trunk.match[0] as string, tone: trunkHz, ...(port !== undefined && { port }) }))
    }
    const asterisk = await startAsterisk({ config, site: { sip: { address, port: sipPort } }, mediaAddress: address, ...(tls && { certificate: tls.certificate }) })
    const secured = (url: string): string => (tls ? url.replace('http:', 'https:') : url)
    const sipRelay = await Relay.start(asterisk.site.tls ? `https://127.0.0.1:${asterisk.site.tls.httpPort}` : asterisk.ariUrl)
    const server = `${secured(sipRelay.url).replace('http', 'ws')}/ws`
    // Browsers are told where the engine is before it is there.
    const webRelay = await Relay.start(asterisk.ariUrl)
    const origin = secured(webRelay.url)
    const stack = await Stack.start({ configFile, pbx: asterisk, tls, environment: { DECROCHE_PUBLIC_URL: origin, DECROCHE_SIP_WS_URL: server, ...environment } })
    const passwords = await openAccounts(stack.redisUrl, stack.config)
    const engine = await stack.startEngine()
    await engine.active
    webRelay.leadTo(engine.url)
    const voice = join(scratchDirectory('voice'), 'voice.wav')
    writeFileSync(voice, voiceFile(voiceHz))
    const args = [...chromiumFlags, `--use-file-for-fake-audio-capture=${voice}`, ...(tls ? [`--ignore-certificate-errors-spki-list=${pinOf(tls.certificate)}`] : [])]
    const launch = (): Promise<Browser> => chromium.launch({ executablePath: '/usr/bin/chromium', args })
    const browser = await launch()
    return new House(stack, engine, browser, launch, sipRelay, webRelay, asterisk, trunks, passwords, origin)
  }

  /** A fresh browser profile on one of the pages, nobody signed in. */
  async visit(path: '/' | '/mur', options: PageOptions = {}, browser = this.browser): Promise<Page> {
    const { turn, ...usual } = options
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'fr-FR', timezoneId: 'Europe/Paris', colorScheme: 'light', ...usual })
    this.#contexts.push(context)
    // A benchmark's functions come into the page as tsx makes them: each with a call that keeps its name.
    await context.addInitScript('globalThis.__name ??= (named) => named')
    await context.addInitScript(watchConnections)
    if (turn) await context.addInitScript(throughTurn, turn)
    await context.addInitScript(leaveVoiceAlone)
    const page = await context.newPage()
    await page.goto(this.origin + path)
    return page
  }

  /** With their own password. */
  signIn(page: Page, account: string): Promise<void> {
    return signIn(page, account, this.passwords.get(account) ?? '')
  }

  /** Somebody signs in and takes their post, and their phone is ready. */
  async desk(person: string, options: PageOptions = {}, browser = this.browser): Promise<Page> {
    const page = await this.visit('/', options, browser)
    await this.signIn(page, person)
    await takePost(page)
    return page
  }

  /** Somebody takes their post at a desk phone: an ear that can name whom it hears. */
  async deskPhone(person: string): Promise<Phone> {
    const { sip, sipSecret } = this.asterisk
    const phone = await Phone.start({ server: sip, user: person, password: sipPassword(sipSecret, person), tone: deskHz })
    this.#deskPhones.push(phone)
    await phone.registered
    await this.engine.api.signIn(person)
    return phone
  }

  /** A machine of its own, whose network can be frozen without the others'. */
  async machine(): Promise<Browser> {
    const browser = await this.launch()
    this.#browsers.push(browser)
    return browser
  }

  async wall(account = 'sup01'): Promise<Page> {
    const page = await this.visit('/mur', { viewport: { width: 1920, height: 1080 } })
    await this.signIn(page, account)
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

  /** A caller dials by SIPp, which sends back every packet of sound that it receives, and adds none. */
  async dialBySipp(number: string, headers: Readonly<Record<string, string>> = {}): Promise<SippCallers> {
    const bind = this.stack.config.trunks['operator']?.match[0]
    if (bind === undefined) throw new Error('no trunk operator')
    const callerNumbers = [callerNumber(this.#callers++)]
    const caller = await startSippCallers({ target: this.asterisk.sip, bind, number, calls: 1, rate: 1, callerNumbers, headers })
    this.#sipp.push(caller)
    return caller
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
    await Promise.all(this.#sipp.splice(0).map((caller) => caller.kill()))
    await Promise.all(this.#deskPhones.splice(0).map((phone) => phone.stop()))
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

export async function signIn(page: Page, account: string, secret: string): Promise<void> {
  await page.getByLabel('Compte').fill(account)
  await page.getByLabel('Mot de passe').fill(secret)
  await page.keyboard.press('Enter')
}

/** The page's phone is ready, and whoever is signed in takes their post. */
export async function takePost(page: Page): Promise<void> {
  await page.getByText('Téléphone prêt').waitFor()
  await page.keyboard.press('v')
  await page.locator('.state:not(.signed-out)').waitFor()
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

/** Runs in the page after that. */
function throughTurn(otherwise: Partial<RTCIceServer>): void {
  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
    construct: (target, [given]: [RTCConfiguration?]) =>
      new target({ ...given, iceTransportPolicy: 'relay', iceServers: given?.iceServers?.map((one) => ({ ...one, ...otherwise })) ?? [] }),
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

/** Nothing comes out of the page's earpiece any more, though packets do. */
export async function pageHearsNothing(page: Page, withinMs = 5_000): Promise<void> {
  const until = Date.now() + withinMs
  for (;;) {
    const before = await heardBy(page)
    await page.waitForTimeout(200)
    const { packets, energy } = await heardBy(page)
    if (packets > before.packets && energy - before.energy < 1e-6) return
    if (Date.now() > until) throw new Error(`the page hears something: ${packets - before.packets} packets, energy ${energy - before.energy}`)
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

/**
 * Both ways, with a caller by SIPp who sends back what they hear: the page hears its own voice, which went there and came back. That it is
 * no other sound is seen by the microphone: closed, the page hears nothing; open again, it does.
 */
export async function talkToSipp(page: Page): Promise<void> {
  await pageHears(page)
  await page.keyboard.press('m')
  await pageHearsNothing(page)
  await page.keyboard.press('m')
  await pageHears(page)
}
