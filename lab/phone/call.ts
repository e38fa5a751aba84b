/** One call of a phone, coming in or going out. */
import { SessionState, type Bye, type Invitation, type Inviter, type Session } from 'sip.js'
import { monotonicNs } from './clock.js'
import type { Ear } from './ear.js'
import type { RtpLine } from './rtp-line.js'

/** How a call ended. Moments are ns of the monotonic clock (`process.hrtime.bigint()`). */
export interface CallEnd {
  /** This phone, or the other side. */
  readonly by: 'here' | 'there'
  /** `refused`: never answered, with the SIP status; `failed`: the other side cannot be reached or understood. */
  readonly how: 'bye' | 'cancel' | 'refused' | 'failed'
  readonly status: number | undefined
  /** Value of the Reason header (RFC 3326) of the BYE or CANCEL, when it has one. */
  readonly reason: string | undefined
  readonly atNs: bigint
}

/** Why `ringing` or `answered` of a call never came. */
export class CallOver extends Error {
  override readonly name = 'CallOver'

  constructor(readonly end: CallEnd) {
    super(`the call is over: ${end.how} ${end.by}${end.status === undefined ? '' : ` (${end.status})`}`)
  }
}

export abstract class Call {
  /** Settles when the call is over, however; never rejects. */
  readonly ended: Promise<CallEnd>
  readonly ear: Ear
  answeredAtNs: bigint | undefined
  protected readonly acked: Promise<void>
  private ending: Omit<CallEnd, 'atNs'> | undefined
  private over: CallEnd | undefined
  private settleEnded: (end: CallEnd) => void = () => undefined
  private settleAcked: () => void = () => undefined
  private farewell: Promise<void> = Promise.resolve()

  protected constructor(
    private readonly session: Session,
    protected readonly line: RtpLine,
  ) {
    this.ear = line.ear
    this.ended = new Promise((resolve) => (this.settleEnded = resolve))
    this.acked = new Promise((resolve) => (this.settleAcked = resolve))
    session.delegate = {
      onBye: (bye) => this.byeReceived(bye),
      onCancel: ({ request }) => this.endingBy('there', 'cancel', undefined, request.getHeader('reason')),
      onAck: () => this.settleAcked(),
    }
    session.stateChange.addListener((state) => {
      // sip.js tells the status of a refusal just after it ends the session.
      if (state === SessionState.Terminated) queueMicrotask(() => this.finish())
    })
  }

  abstract readonly callId: string

  /** Undefined while the call lives. */
  get end(): CallEnd | undefined {
    return this.over
  }

  /** Answered, and not over. */
  get talking(): boolean {
    return this.session.state === SessionState.Established
  }

  /** Ends the call: BYE, CANCEL or 603, whichever its state asks for. Resolves when it is over; never rejects. @param reason of a BYE (RFC 3326) */
  async hangup(reason?: string): Promise<CallEnd> {
    // A callee may send BYE only after the ACK (RFC 3261 15).
    if (this.talking && this.awaitsAck) await Promise.race([this.acked, this.ended])
    if (this.over === undefined && this.talking) {
      this.endingBy('here', 'bye')
      await this.sayBye(reason)
    } else if (this.over === undefined) {
      await this.abandon()
    }
    return this.ended
  }

  /** Over, and the BYE this phone sent, if it did, has been answered. */
  async settled(): Promise<void> {
    await this.ended
    await this.farewell
  }

  /** Sends digits as telephone events; see {@link RtpLine.dtmf}. */
  dtmf(digits: string): Promise<void> {
    return this.line.dtmf(digits)
  }

  /** Its sound ends, without a word. */
  fallSilent(): void {
    this.line.close()
  }

  mute(): void {
    this.line.mute()
  }

  unmute(): void {
    this.line.unmute()
  }

  /** From now on this call's mouth says this tone, in Hz. */
  speak(toneHz: number): void {
    this.line.speak(toneHz)
  }

  /** Packets this call's mouth sent. */
  get packetsSent(): number {
    return this.line.packetsSent
  }

  protected abstract readonly awaitsAck: boolean

  /** Ends a call that is not answered. */
  protected abstract abandon(): Promise<void>

  protected endingBy(by: CallEnd['by'], how: CallEnd['how'], status?: number, reason?: string): void {
    this.ending ??= { by, how, status, reason }
  }

  protected get state(): SessionState {
    return this.session.state
  }

  private async sayBye(reason?: string): Promise<void> {
    let answered = (): void => undefined
    this.farewell = new Promise((resolve) => (answered = resolve))
    const requestOptions = reason === undefined ? {} : { extraHeaders: [`Reason: ${reason}`] }
    await this.session.bye({ requestOptions, requestDelegate: { onAccept: answered, onReject: answered } }).catch(answered)
  }

  private byeReceived(bye: Bye): void {
    this.endingBy('there', 'bye', undefined, bye.request.getHeader('reason'))
    void bye.accept()
  }

  private finish(): void {
    if (this.over !== undefined) return
    const ending = this.ending ?? { by: 'there', how: 'failed', status: undefined, reason: undefined }
    this.over = { ...ending, atNs: monotonicNs() }
    this.line.close()
    this.settleEnded(this.over)
  }
}

export class IncomingCall extends Call {
  /** The number shown: user of the From URI. */
  readonly from: string
  /** Display name of From, empty when there is none. */
  readonly fromName: string
  private ackSeen = false
  private accepting: Promise<void> | undefined

  constructor(
    private readonly invitation: Invitation,
    line: RtpLine,
    /** The URI that was called. */
    readonly dialled: string,
    /** When the INVITE was read from the socket. */
    readonly ringAtNs: bigint,
  ) {
    super(invitation, line)
    this.from = invitation.remoteIdentity.uri.user ?? ''
    this.fromName = invitation.remoteIdentity.displayName
    void this.acked.then(() => (this.ackSeen = true))
    // sip.js ends a session whose ACK never came, also one that a BYE has ended already: an exception that nobody could catch.
    const session = invitation as unknown as { onAckTimeout: () => void }
    const giveUp = session.onAckTimeout.bind(invitation)
    session.onAckTimeout = () => (this.state === SessionState.Terminated ? undefined : giveUp())
  }

  get callId(): string {
    return this.invitation.request.callId
  }

  /** The caller gave up before this phone answered. */
  get cancelled(): boolean {
    return this.end?.how === 'cancel' && this.end.by === 'there'
  }

  /** A header of the INVITE, the first of that name. */
  header(name: string): string | undefined {
    return this.invitation.request.getHeader(name)
  }

  /** Picks up. Resolves when the 200 is sent; rejects with {@link CallOver} when the caller was faster. */
  async answer(): Promise<void> {
    if (this.state === SessionState.Initial) this.accepting = this.invitation.accept().catch(() => undefined)
    await this.accepting
    if (!this.talking) throw new CallOver(this.end ?? (await this.ended))
    this.answeredAtNs ??= monotonicNs()
  }

  /** Refuses, by default with 486 Busy Here. Does nothing when the call is answered or over. */
  async reject(status = 486): Promise<void> {
    if (this.state !== SessionState.Initial) return
    this.endingBy('here', 'refused', status)
    await this.invitation.reject({ statusCode: status })
  }

  protected get awaitsAck(): boolean {
    return !this.ackSeen
  }

  protected abandon(): Promise<void> {
    return this.reject(603)
  }
}

export class OutgoingCall extends Call {
  /** Moment (ns) of the first 18x; rejects with {@link CallOver} when the call is answered without or ends before. */
  readonly ringing: Promise<bigint>
  /** Moment (ns) of the 200; rejects with {@link CallOver} when the call ends unanswered. */
  readonly answered: Promise<bigint>
  /** Moment (ns) just before the INVITE went out. */
  readonly invitedAtNs: bigint
  /** Every provisional status received, in order. */
  readonly progress: number[] = []
  private rang: (atNs: bigint) => void = () => undefined
  private pickedUp: (atNs: bigint) => void = () => undefined

  constructor(
    private readonly inviter: Inviter,
    line: RtpLine,
  ) {
    super(inviter, line)
    this.ringing = new Promise((resolve, reject) => {
      this.rang = resolve
      void this.ended.then((end) => reject(new CallOver(end)))
    })
    this.answered = new Promise((resolve, reject) => {
      this.pickedUp = resolve
      void this.ended.then((end) => reject(new CallOver(end)))
    })
    // Nobody has to wait for either.
    this.ringing.catch(() => undefined)
    this.answered.catch(() => undefined)
    this.invitedAtNs = monotonicNs()
  }

  get callId(): string {
    return this.inviter.request.callId
  }

  /** Sends the INVITE. Called once, by the phone. */
  async start(): Promise<void> {
    await this.inviter
      .invite({
        requestDelegate: {
          onProgress: ({ message }) => this.progressed(message.statusCode ?? 0),
          onAccept: () => this.accepted(),
          onReject: ({ message }) => this.endingBy('there', 'refused', message.statusCode, message.getHeader('reason')),
        },
      })
      .catch(() => this.endingBy('here', 'failed'))
  }

  protected readonly awaitsAck = false

  protected async abandon(): Promise<void> {
    if (this.state !== SessionState.Initial && this.state !== SessionState.Establishing) return
    this.endingBy('here', 'cancel')
    await this.inviter.cancel().catch(() => undefined)
  }

  private progressed(status: number): void {
    this.progress.push(status)
    this.rang(monotonicNs())
  }

  private accepted(): void {
    this.answeredAtNs = monotonicNs()
    this.pickedUp(this.answeredAtNs)
  }
}
