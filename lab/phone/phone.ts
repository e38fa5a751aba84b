/**
 * A programmable desk phone on real SIP and RTP: registers with digest, rings, answers, dials, speaks a steady tone and
 * names the tones it hears. Without a password it is the far end of a trunk: it registers nowhere and is called by any number.
 */
import { EventEmitter } from 'node:events'
import { Inviter, Registerer, RegistererState, URI, UserAgent, type Invitation, type InviterOptions, type Session } from 'sip.js'
import { AudioDescription } from './audio-description.js'
import { type Call, IncomingCall, OutgoingCall } from './call.js'
import { monotonicNs } from './clock.js'
import { RtpLine, type Media } from './rtp-line.js'
import type { HostPort } from './sip-text.js'
import { toneFor } from './tones.js'
import { WireTransport, type WireTransportOptions } from './transport.js'
import { openWire, type Protocol, type SipWire } from './wire.js'

export interface PhoneOptions {
  /** `host:port` of the PBX: registrar, and where dialled numbers go. */
  readonly server: string
  /** Local IPv4 address of SIP and RTP; a trunk is known by it. 127.0.0.1 by default. */
  readonly bind?: string
  /** Local SIP port; a free one by default. */
  readonly port?: number
  /** Name of the phone, and of its digest credentials. */
  readonly user?: string
  /** With a password the phone registers. */
  readonly password?: string
  /** What it says, in Hz: see {@link toneFor}, whose first tone is the default. */
  readonly tone?: number
  /** `tone` by default. */
  readonly media?: Media
  readonly transport?: Protocol
  /** Whose certificates are trusted over TLS, PEM. */
  readonly ca?: string
  /** Sound by SRTP alone, its keys in the session description; plain RTP without. */
  readonly srtp?: boolean
  /** Calls it takes at once, rest refused with 486; unlimited by default, so that a test sees every INVITE. */
  readonly lines?: number
  /** Of a registration, in seconds. */
  readonly expiresSeconds?: number
  /** Takes what sip.js has to say; may hold numbers, so never a log file of the project. */
  readonly log?: (line: string) => void
}

export interface DialOptions {
  /** User of the From URI, instead of the phone's own. */
  readonly from?: string
  /** Number for P-Asserted-Identity (RFC 3325). */
  readonly asserted?: string
  /** Withholds the number: anonymous From and `Privacy: id`. */
  readonly withheld?: boolean
  readonly callId?: string
  readonly headers?: Readonly<Record<string, string>>
  /** For this call, instead of the phone's own. */
  readonly tone?: number
  readonly media?: Media
}

interface PhoneEvents {
  ring: [IncomingCall]
  registered: []
  /** The registration is gone, or was refused: the SIP status, if there was an answer. */
  unregistered: [number | undefined]
}

const ringsKept = 1000
const goodbyeMs = 2000
const unregisterMs = 1000
/** sip.js refuses by itself what rings longer; the PBX decides that, so: a day. */
const ringSecondsMax = 86_400

export class Phone extends EventEmitter<PhoneEvents> {
  /** Settles with the first answer of the registrar; rejects when it refuses. At once for a phone without password. */
  readonly registered: Promise<void>
  /** Calls that are not over. */
  readonly calls = new Set<Call>()
  private readonly agent: UserAgent
  private readonly server: HostPort
  private readonly registerer: Registerer | undefined
  private readonly linesOfSessions = new WeakMap<Session, RtpLine>()
  private readonly unclaimed: IncomingCall[] = []
  private readonly waiting: ((call: IncomingCall) => void)[] = []
  private arrival: { uri: string; atNs: bigint } = { uri: '', atNs: 0n }
  private stopping: Promise<void> | undefined

  /** Binds, starts and, given a password, begins to register. Rejects when the address cannot be bound. */
  static async start(options: PhoneOptions): Promise<Phone> {
    const wire = await openWire(options.transport ?? 'udp', options.bind ?? '127.0.0.1', options.port, options.ca)
    const registers = options.password !== undefined
    const port = registers ? await wire.reach(hostPort(options.server)).catch(() => wire.local.port) : wire.local.port
    const phone = new Phone(options, wire, port)
    await phone.agent.start()
    phone.register()
    return phone
  }

  private constructor(
    private readonly options: PhoneOptions,
    private readonly wire: SipWire,
    private readonly contactPort: number,
  ) {
    super()
    this.server = hostPort(options.server)
    this.agent = this.makeAgent()
    // sip.js knows no port in a Contact: a websocket has none.
    this.agent.contact.uri.port = contactPort
    this.registerer = options.password === undefined ? undefined : this.makeRegisterer()
    this.registered =
      this.registerer === undefined
        ? Promise.resolve()
        : new Promise((resolve, reject) => {
            this.once('registered', resolve)
            this.once('unregistered', (status) => reject(new Error(`${options.user} cannot register at ${options.server}: ${status ?? 'no answer'}`)))
          })
    this.registered.catch(() => undefined)
  }

  /** `host:port` it is called at. */
  get address(): string {
    return `${this.wire.local.host}:${this.contactPort}`
  }

  get user(): string {
    return this.options.user ?? 'phone'
  }

  /** What it says, in Hz. */
  get tone(): number {
    return this.options.tone ?? toneFor(0)
  }

  /** SIP messages sent again, and repeats absorbed. */
  get repeats(): Readonly<{ resent: number; absorbed: number }> {
    return this.wire.counts
  }

  /** Calls a number at the server, or any `sip:` URI. Resolves once the INVITE is out; rejects when the phone is stopped. */
  async dial(target: string, options: DialOptions = {}): Promise<OutgoingCall> {
    if (this.stopping !== undefined) throw new Error('the phone is stopped')
    const uri = UserAgent.makeURI(target.startsWith('sip:') ? target : `sip:${target}@${this.options.server}`)
    if (uri === undefined) throw new Error('a number that makes no SIP URI')
    const inviter = new Inviter(this.agent, uri, this.inviterOptions(options))
    const call = new OutgoingCall(inviter, this.openLine(inviter, options))
    this.keep(call)
    await call.start()
    return call
  }

  /** Registers anew, as a phone does that finds its registrar restarted. Resolves with the registrar's answer; rejects when refused. */
  async registerAgain(): Promise<void> {
    const { registerer } = this
    if (registerer === undefined) return
    await new Promise<void>((resolve, reject) => {
      const refused = (): void => reject(new Error(`${this.user} cannot register again`))
      registerer.register({ requestDelegate: { onAccept: () => resolve(), onReject: refused } }).catch(refused)
    })
  }

  /** The next call that rings here and that no earlier `nextRing` gave. Rejects after `withinMs`, 5000 by default. */
  nextRing({ withinMs = 5000 }: { withinMs?: number } = {}): Promise<IncomingCall> {
    const call = this.unclaimed.shift()
    if (call !== undefined) return Promise.resolve(call)
    return new Promise((resolve, reject) => {
      const take = (ring: IncomingCall): void => {
        clearTimeout(timer)
        resolve(ring)
      }
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(take), 1)
        reject(new Error(`${this.user} did not ring within ${withinMs} ms`))
      }, withinMs)
      this.waiting.push(take)
    })
  }

  /** Hangs up, unregisters and closes everything. Never rejects, lasts a few seconds at most. */
  stop(): Promise<void> {
    this.stopping ??= this.shutDown()
    return this.stopping
  }

  /** As if its cable were pulled: says nothing to anybody any more, and hears nothing. */
  async vanish(): Promise<void> {
    for (const call of this.calls) call.fallSilent()
    await this.wire.close()
  }

  private async shutDown(): Promise<void> {
    const calls = [...this.calls]
    const goodbyes = calls.map(async (call) => {
      await call.hangup()
      await call.settled()
    })
    await within(goodbyeMs, Promise.all(goodbyes))
    if (this.registerer !== undefined) await within(unregisterMs, this.unregister(this.registerer))
    await this.agent.stop().catch(() => undefined)
    await this.wire.close()
  }

  private makeAgent(): UserAgent {
    const { host } = this.wire.local
    const contactName = this.options.user ?? 'phone'
    const transportOptions: WireTransportOptions = {
      wire: this.wire,
      contactUser: contactName,
      onRequest: (arrival) => (this.arrival = arrival),
    }
    const { log } = this.options
    return new UserAgent({
      uri: new URI('sip', contactName, this.options.password === undefined ? host : this.server.host),
      authorizationUsername: contactName,
      authorizationPassword: this.options.password ?? '',
      contactName,
      // A registrar hands the Contact back without a transport that is the usual one, and sip.js compares.
      contactParams: this.wire.protocol === 'udp' ? {} : { transport: this.wire.protocol },
      viaHost: host,
      // Responses come back to the port the request left from (RFC 3581), which a Via of sip.js does not hold.
      forceRport: true,
      transportConstructor: WireTransport,
      transportOptions,
      sessionDescriptionHandlerFactory: (session) => new AudioDescription(this.lineOf(session)),
      sendInitialProvisionalResponse: false,
      noAnswerTimeout: ringSecondsMax,
      gracefulShutdown: false,
      userAgentString: 'Decroche lab phone',
      logBuiltinEnabled: false,
      logConfiguration: false,
      logLevel: log === undefined ? 'error' : 'debug',
      ...(log === undefined ? {} : { logConnector: (level, category, _label, text) => log(`${level} ${category} ${text}`) }),
      delegate: { onInvite: (invitation) => this.invited(invitation) },
    })
  }

  private makeRegisterer(): Registerer {
    return new Registerer(this.agent, {
      registrar: new URI('sip', '', this.server.host, this.server.port),
      expires: this.options.expiresSeconds ?? 300,
      logConfiguration: false,
    })
  }

  private register(): void {
    const { registerer } = this
    if (registerer === undefined) return
    let status: number | undefined
    registerer.stateChange.addListener((state) => {
      if (state === RegistererState.Registered) this.emit('registered')
      // The status of a refusal comes just after the change.
      if (state === RegistererState.Unregistered) queueMicrotask(() => this.emit('unregistered', status))
    })
    registerer
      .register({ requestDelegate: { onReject: ({ message }) => void (status = message.statusCode) } })
      .catch(() => this.emit('unregistered', undefined))
  }

  private unregister(registerer: Registerer): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => resolve()
      registerer.unregister({ requestDelegate: { onAccept: done, onReject: done, onRedirect: done } }).catch(done)
    })
  }

  private invited(invitation: Invitation): void {
    const { uri, atNs } = this.arrival
    const call = new IncomingCall(invitation, this.openLine(invitation, {}), uri, atNs === 0n ? monotonicNs() : atNs)
    this.keep(call)
    if (this.calls.size > (this.options.lines ?? Infinity) || this.stopping !== undefined) {
      void call.reject(486)
      return
    }
    invitation.progress({ statusCode: 180 }).catch(() => undefined)
    const taker = this.waiting.shift()
    if (taker !== undefined) taker(call)
    else if (this.unclaimed.length < ringsKept) this.unclaimed.push(call)
    this.emit('ring', call)
  }

  private openLine(session: Session, { tone, media }: DialOptions): RtpLine {
    const line = new RtpLine(this.wire.local.host, media ?? this.options.media ?? 'tone', tone ?? this.tone, this.options.srtp)
    this.linesOfSessions.set(session, line)
    return line
  }

  private lineOf(session: Session): RtpLine {
    const line = this.linesOfSessions.get(session)
    if (line === undefined) throw new Error('a session that is no call of this phone')
    return line
  }

  private keep(call: Call): void {
    this.calls.add(call)
    void call.ended.then(() => {
      this.calls.delete(call)
      if (!(call instanceof IncomingCall)) return
      const at = this.unclaimed.indexOf(call)
      if (at >= 0) this.unclaimed.splice(at, 1)
    })
  }

  private inviterOptions({ from, asserted, withheld = false, callId, headers = {} }: DialOptions): InviterOptions {
    const { host } = this.wire.local
    const fromUri = withheld ? new URI('sip', 'anonymous', 'anonymous.invalid') : new URI('sip', from ?? this.user, host)
    const chosenId = callId === undefined ? {} : { callId }
    const params = { fromUri, ...chosenId, ...(withheld ? { fromDisplayName: 'Anonymous' } : {}) }
    const extraHeaders = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    if (asserted !== undefined) extraHeaders.push(`P-Asserted-Identity: <sip:${asserted}@${host}>`)
    if (withheld) extraHeaders.push('Privacy: id')
    return { params, extraHeaders, earlyMedia: true }
  }
}

function hostPort(text: string): HostPort {
  const found = /^([^:]+):(\d+)$/.exec(text)
  if (found?.[1] === undefined) throw new Error('a server is given as host:port')
  return { host: found[1], port: Number(found[2]) }
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)))
  await Promise.race([work.then(() => undefined), limit])
  clearTimeout(timer)
}
