/**
 * The phone in the browser: registers at Asterisk, rings, talks, and heals by itself when the network was away. The engine decides who
 * is rung; this only picks up, hangs up and carries sound. One call at a time.
 */
import { signal } from '@preact/signals'
import { Invitation, Registerer, RegistererState, SessionState, UserAgent, UserAgentState, Web, type Session } from 'sip.js'
import type { SipCredentials } from '../../auth/browser-phones.js'
import type { Headset } from './headset.js'
import { readSound, type Sound } from './sound-statistics.js'

export type Registration = 'none' | 'connecting' | 'registered' | 'refused' | 'lost'

export interface PhoneCall {
  /** The number shown; empty when it is withheld. */
  readonly from: string
  readonly phase: 'ringing' | 'answering' | 'talking'
  readonly muted: boolean
  readonly held: boolean
  /** Sound is being sought again after the network was away. */
  readonly mending: boolean
}

/** How a phone that lost its way comes back, ms. */
const firstPauseMs = 250
const longestPauseMs = 2_000
const registrationSeconds = 120
/** Host candidates are there in a few milliseconds; a relay that does not answer is not waited for. */
const gatheringMs = 500
const soundEveryMs = 200
const digitMs = 160
const digitGapMs = 80
/** Without a packet for this long, there is no sound. */
const silenceMs = 2_000
/** sip.js refuses by itself what rings longer; the engine decides that, so: a day. */
const ringSecondsMax = 86_400

export class Softphone {
  readonly registration = signal<Registration>('none')
  readonly call = signal<PhoneCall | null>(null)
  readonly sound = signal<Sound | null>(null)
  #agent: UserAgent | null = null
  #registerer: Registerer | null = null
  #session: Session | null = null
  #pauseMs = firstPauseMs
  #retry: ReturnType<typeof setTimeout> | undefined
  #listening: ReturnType<typeof setInterval> | undefined
  #stopped = true
  /** The call went on while the phone was away: its sound is to be sought again. */
  #mendAfter = false
  /** Called when the network is back in a call: whether the call still is. */
  onMended: (kept: boolean) => void = () => undefined

  constructor(
    private readonly headset: Headset,
    private readonly credentials: () => Promise<SipCredentials>,
  ) {
    headset.onMicrophone = () => void this.changeMicrophone()
    window.addEventListener('online', () => this.#networkBack())
    window.addEventListener('offline', () => this.#networkGone())
  }

  /** Registers, and keeps trying. Never rejects. */
  async start(): Promise<void> {
    if (!this.#stopped) return
    this.#stopped = false
    await this.headset.open()
    await this.#begin()
  }

  /** Hangs up, unregisters, and forgets the credentials. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#retry)
    await this.hangUp()
    const agent = this.#agent
    this.#agent = null
    await this.#registerer?.unregister().catch(() => undefined)
    await agent?.stop().catch(() => undefined)
    this.headset.close()
    this.registration.value = 'none'
  }

  async answer(): Promise<void> {
    const session = this.#session
    if (!(session instanceof Invitation) || this.call.value?.phase !== 'ringing') return
    this.#change({ phase: 'answering' })
    await session.accept().catch(() => this.#forget(session))
  }

  /** Ends the call, or refuses it while it rings. */
  async hangUp(): Promise<void> {
    const session = this.#session
    if (session === null) return
    if (session.state === SessionState.Established) await session.bye().catch(() => undefined)
    else if (session instanceof Invitation && session.state === SessionState.Initial) await session.reject({ statusCode: 486 }).catch(() => undefined)
    this.#forget(session)
  }

  mute(on: boolean): void {
    this.#change({ muted: on })
    this.#openMouth()
  }

  /** Neither side hears the other, by a re-INVITE; the PBX plays music to the caller meanwhile. */
  async hold(on: boolean): Promise<void> {
    if (this.call.value?.phase !== 'talking') return
    if (!(await this.#renegotiate({ hold: on }))) return
    this.#change({ held: on })
    this.#openMouth()
  }

  /** Sends digits as telephone events (RFC 4733), after those that are still to be sent. @returns false when the call cannot carry any */
  sendDigits(digits: string): boolean {
    const sender = this.#media()?.peerConnection?.getSenders()[0]?.dtmf
    if (sender == null || !sender.canInsertDTMF) return false
    sender.insertDTMF(sender.toneBuffer + digits, digitMs, digitGapMs)
    return true
  }

  /** The headset was changed: the call goes on with the new one. */
  async changeMicrophone(): Promise<void> {
    const sender = this.#media()?.peerConnection?.getSenders()[0]
    if (sender === undefined) return
    const before = sender.track
    const track = this.headset.track()
    await sender.replaceTrack(track)
    before?.stop()
    this.#openMouth()
  }

  async #begin(): Promise<void> {
    this.registration.value = 'connecting'
    try {
      const given = await this.credentials()
      if (!this.#stopped) this.#build(given)
      await this.#agent?.start()
    } catch {
      this.#again()
    }
  }

  #build({ uri: address, username, password, server, iceServers }: SipCredentials): void {
    const uri = UserAgent.makeURI(address)
    if (uri === undefined) throw new Error('credentials without an address')
    const agent = new UserAgent({
      uri,
      authorizationUsername: username,
      authorizationPassword: password,
      transportOptions: { server, connectionTimeout: 4 },
      // Our own way back is quicker, and mends the call besides.
      reconnectionAttempts: 0,
      sessionDescriptionHandlerFactory: Web.defaultSessionDescriptionHandlerFactory(() => this.headset.stream()),
      sessionDescriptionHandlerFactoryOptions: { iceGatheringTimeout: gatheringMs, peerConnectionConfiguration: { iceServers: [...iceServers], bundlePolicy: 'max-bundle' } },
      noAnswerTimeout: ringSecondsMax,
      gracefulShutdown: false,
      logBuiltinEnabled: false,
      logLevel: 'error',
      delegate: {
        onConnect: () => this.#connected(),
        onDisconnect: () => this.#disconnected(),
        onInvite: (invitation) => this.#invited(invitation),
      },
    })
    const registerer = new Registerer(agent, { expires: registrationSeconds, refreshFrequency: 75 })
    registerer.stateChange.addListener((state) => {
      if (registerer !== this.#registerer) return
      if (state === RegistererState.Unregistered && this.registration.value === 'registered') this.#disconnected()
    })
    this.#agent = agent
    this.#registerer = registerer
  }

  #connected(): void {
    this.registration.value = 'connecting'
    const failed = (): void => this.#again()
    this.#registerer
      ?.register({
        requestDelegate: {
          // Told each time: to the library a registration outlives its connection.
          onAccept: () => this.#registered(),
          onReject: ({ message }) => {
            // Issued for another session, or gone with it: new ones are asked for.
            if (message.statusCode === 401 || message.statusCode === 403) {
              this.registration.value = 'refused'
              this.#replaceAgent()
            }
            failed()
          },
        },
      })
      .catch(failed)
  }

  #registered(): void {
    this.registration.value = 'registered'
    this.#pauseMs = firstPauseMs
    if (this.#mendAfter) void this.#mend()
  }

  #disconnected(): void {
    if (this.#stopped) return
    this.registration.value = 'lost'
    if (this.call.value?.phase === 'talking') {
      this.#mendAfter = true
      this.#change({ mending: true })
    }
    this.#again()
  }

  #again(): void {
    if (this.#stopped) return
    if (this.registration.value !== 'refused') this.registration.value = 'lost'
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#reconnect(), this.#pauseMs)
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
  }

  async #reconnect(): Promise<void> {
    if (this.#stopped) return
    if (this.#agent === null) return this.#begin()
    if (this.#agent.state === UserAgentState.Stopped) return
    if (this.#agent.isConnected()) return this.#connected()
    await this.#agent.reconnect().catch(() => this.#again())
  }

  /** The next try begins with new credentials; a call that stands is not touched. */
  #replaceAgent(): void {
    if (this.#session !== null) return
    void this.#agent?.stop().catch(() => undefined)
    this.#agent = null
  }

  #networkGone(): void {
    if (this.#stopped || this.registration.value === 'none') return
    this.#disconnected()
  }

  /** A websocket that was open before may be dead without knowing. */
  #networkBack(): void {
    if (this.#stopped || this.#agent === null) return
    this.#pauseMs = firstPauseMs
    clearTimeout(this.#retry)
    void this.#agent.transport
      .disconnect()
      .catch(() => undefined)
      .then(() => this.#reconnect())
  }

  #invited(invitation: Invitation): void {
    if (this.#session !== null) {
      void invitation.reject({ statusCode: 486 })
      return
    }
    this.#session = invitation
    const user = invitation.remoteIdentity.uri.user ?? ''
    this.call.value = { from: user === 'anonymous' ? '' : user, phase: 'ringing', muted: false, held: false, mending: false }
    invitation.stateChange.addListener((state) => {
      if (state === SessionState.Established) this.#established(invitation)
      if (state === SessionState.Terminated) this.#forget(invitation)
    })
    invitation.progress({ statusCode: 180 }).catch(() => undefined)
  }

  #established(session: Session): void {
    if (session !== this.#session) return
    const media = this.#media()
    if (media === null) return
    this.headset.play(media.remoteMediaStream)
    this.#change({ phase: 'talking' })
    const connection = media.peerConnection
    connection?.addEventListener('iceconnectionstatechange', () => {
      if (session === this.#session && connection.iceConnectionState === 'failed' && this.registration.value === 'registered') void this.#mend()
    })
    this.#listening = setInterval(() => void this.#listen(), soundEveryMs)
  }

  /** Sound again after the network was away: new paths are sought (ICE restart, RFC 8445), and Asterisk learns where we are now. */
  async #mend(): Promise<void> {
    this.#mendAfter = false
    if (this.call.value?.phase !== 'talking') return
    this.#change({ mending: true })
    await this.#renegotiate({ offerOptions: { iceRestart: true } })
    this.#change({ mending: false })
    this.onMended(this.call.value !== null)
  }

  /** @returns whether the other side agreed. A call that it no longer knows is over. */
  #renegotiate(options: Web.SessionDescriptionHandlerOptions): Promise<boolean> {
    const session = this.#session
    if (session === null) return Promise.resolve(false)
    const held = options.hold ?? this.call.value?.held ?? false
    return new Promise((resolve) => {
      const refused = (status: number): void => {
        if (status === 481 || status === 408) this.#forget(session)
        resolve(false)
      }
      session
        .invite({
          sessionDescriptionHandlerOptions: { ...options, hold: held } as Web.SessionDescriptionHandlerOptions,
          requestDelegate: { onAccept: () => resolve(true), onReject: ({ message }) => refused(message.statusCode ?? 0) },
        })
        .catch(() => resolve(false))
    })
  }

  async #listen(): Promise<void> {
    const connection = this.#media()?.peerConnection
    if (connection === undefined) return
    this.sound.value = readSound(await connection.getStats(), this.sound.value, performance.now(), silenceMs)
  }

  #openMouth(): void {
    const { muted = false, held = false } = this.call.value ?? {}
    this.#media()?.enableSenderTracks(!muted && !held)
  }

  #media(): Web.SessionDescriptionHandler | null {
    return (this.#session?.sessionDescriptionHandler as Web.SessionDescriptionHandler | undefined) ?? null
  }

  #change(what: Partial<PhoneCall>): void {
    if (this.call.value !== null) this.call.value = { ...this.call.value, ...what }
  }

  #forget(session: Session): void {
    if (session !== this.#session) return
    this.#session = null
    this.#mendAfter = false
    clearInterval(this.#listening)
    this.sound.value = null
    this.call.value = null
    this.headset.silence()
    if (session.state !== SessionState.Terminated && session.state !== SessionState.Terminating) session.dispose().catch(() => undefined)
  }
}
