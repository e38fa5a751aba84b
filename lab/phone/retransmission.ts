/**
 * What RFC 3261 17 asks of transactions over UDP and sip.js, made for websockets, leaves out: timers A, E and G
 * (send again until answered) and D, I, J, K (answer a repeated message with what was answered before).
 *
 * On entry every message passes here, going out through `sent`, coming in through `received`. A message leaves the
 * pending set when its answer comes or after 64 × T1; an answer is kept for repeats for as long.
 */
import { monotonicMs } from './clock.js'
import type { HostPort, SipHead } from './sip-text.js'

const T1_MS = 500
const T2_MS = 4000
const LIFE_MS = 64 * T1_MS

interface Pending {
  readonly text: string
  readonly to: HostPort
  readonly endsAtMs: number
  waitMs: number
  capMs: number
  timer: NodeJS.Timeout
}

interface Answered {
  readonly text: string
  readonly to: HostPort
  readonly endsAtMs: number
}

export class Retransmission {
  /** Messages sent or absorbed because something was lost or late. */
  readonly counts = { resent: 0, absorbed: 0 }
  private readonly pending = new Map<string, Pending>()
  private readonly answered = new Map<string, Answered>()

  constructor(private readonly resend: (text: string, to: HostPort) => void) {}

  /** Tells of a message that goes out. */
  sent(text: string, head: SipHead, to: HostPort): void {
    if (head.status === undefined) this.requestSent(text, head, to)
    else if (head.status >= 200) this.finalSent(text, head, to)
  }

  /** Tells of a message that came in; false when it is a repeat that has been dealt with. */
  received(head: SipHead): boolean {
    return head.status === undefined ? this.requestReceived(head) : this.responseReceived(head, head.status)
  }

  close(): void {
    for (const { timer } of this.pending.values()) clearTimeout(timer)
    this.pending.clear()
    this.answered.clear()
  }

  private requestSent(text: string, head: SipHead, to: HostPort): void {
    // The ACK of a 2xx has a branch of its own and sip.js repeats it; this one answers a refusal.
    if (head.method === 'ACK') this.remember(`response ${head.branch} INVITE`, text, to)
    else this.await(`request ${head.branch} ${head.method}`, text, to, head.method === 'INVITE' ? Infinity : T2_MS)
  }

  private finalSent(text: string, head: SipHead, to: HostPort): void {
    // sip.js keeps and repeats its own 2xx of an INVITE.
    if (head.method === 'INVITE' && head.status !== undefined && head.status < 300) return
    this.remember(`request ${head.branch} ${head.method}`, text, to)
    if (head.method === 'INVITE') this.await(`final ${head.branch}`, text, to, T2_MS)
  }

  private requestReceived(head: SipHead): boolean {
    if (head.method === 'ACK') {
      this.settle(`final ${head.branch}`)
      return true
    }
    return !this.repeatAnswer(`request ${head.branch} ${head.method}`)
  }

  private responseReceived(head: SipHead, status: number): boolean {
    const key = `request ${head.branch} ${head.method}`
    if (status >= 200 || head.method === 'INVITE') this.settle(key)
    else this.slowDown(key)
    return status < 300 || !this.repeatAnswer(`response ${head.branch} ${head.method}`)
  }

  private await(key: string, text: string, to: HostPort, capMs: number): void {
    this.settle(key)
    const endsAtMs = monotonicMs() + LIFE_MS
    const entry: Pending = { text, to, endsAtMs, waitMs: T1_MS, capMs, timer: this.alarm(key, T1_MS) }
    this.pending.set(key, entry)
  }

  private alarm(key: string, waitMs: number): NodeJS.Timeout {
    return setTimeout(() => this.again(key), waitMs)
  }

  private again(key: string): void {
    const entry = this.pending.get(key)
    if (entry === undefined) return
    if (monotonicMs() >= entry.endsAtMs) {
      this.pending.delete(key)
      return
    }
    this.counts.resent += 1
    this.resend(entry.text, entry.to)
    entry.waitMs = Math.min(entry.waitMs * 2, entry.capMs)
    entry.timer = this.alarm(key, entry.waitMs)
  }

  private slowDown(key: string): void {
    const entry = this.pending.get(key)
    if (entry !== undefined) entry.waitMs = T2_MS
  }

  private settle(key: string): void {
    const entry = this.pending.get(key)
    if (entry === undefined) return
    clearTimeout(entry.timer)
    this.pending.delete(key)
  }

  private remember(key: string, text: string, to: HostPort): void {
    const nowMs = monotonicMs()
    for (const [old, { endsAtMs }] of this.answered) {
      if (endsAtMs > nowMs) break
      this.answered.delete(old)
    }
    this.answered.delete(key)
    this.answered.set(key, { text, to, endsAtMs: nowMs + LIFE_MS })
  }

  private repeatAnswer(key: string): boolean {
    const answer = this.answered.get(key)
    if (answer === undefined) return false
    this.counts.absorbed += 1
    this.resend(answer.text, answer.to)
    return true
  }
}
