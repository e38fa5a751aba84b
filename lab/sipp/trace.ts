/**
 * Reads what SIPp traced of its messages: one line each with date, wall-clock seconds to the microsecond, direction
 * (S sent, R received), Call-ID, CSeq and start line, between tabs.
 */
import { monotonicNsOfWall } from '../phone/clock.js'

/** One call as its SIPp saw it. Moments are ns of the monotonic clock that phones use (`process.hrtime.bigint()`). */
export interface SippCall {
  readonly callId: string
  /** The INVITE, sent first (caller) or received first (answering). */
  readonly invitedAtNs: bigint
  /** The INVITE that was heard: the last one before the first answer to it. `invitedAtNs` unless something was lost. */
  readonly heardAtNs: bigint
  /** First 180 or 183. */
  readonly ringingAtNs: bigint | undefined
  readonly answeredAtNs: bigint | undefined
  /** `here` is the SIPp. `failed`: it ended, if it did, in no way of the scenario. */
  readonly end: {
    readonly by: 'here' | 'there'
    readonly how: 'bye' | 'cancel' | 'refused' | 'failed'
    readonly status: number | undefined
  }
  /** Moment of the BYE, CANCEL or refusal; of the last message when it failed. */
  readonly endedAtNs: bigint
  /** INVITEs beyond the first that opened the call and were not new descriptions: 0 unless something was lost or slow. */
  readonly repeatedInvites: number
}

interface Message {
  readonly wallUs: number
  readonly sent: boolean
  readonly cseq: string
  /** Of a request, or of the request a response answers. */
  readonly method: string
  /** Undefined in a request. */
  readonly status: number | undefined
}

/** The calls in a trace, in order of their first INVITE. `offsetUs`: see `wallOffsetUs`. */
export function readTrace(text: string, offsetUs: number): SippCall[] {
  const calls = new Map<string, Message[]>()
  for (const line of text.split('\n')) {
    const [, , seconds, direction, callId, cseq, start] = line.split('\t')
    if (seconds === undefined || callId === undefined || cseq === undefined || start === undefined) continue
    const status = /^SIP\/2\.0 (\d{3})/.exec(start)?.[1]
    const method = /(\w+)\s*$/.exec(cseq)?.[1] ?? ''
    const message: Message = {
      wallUs: Math.round(Number(seconds) * 1e6),
      sent: direction === 'S',
      cseq,
      method,
      status: status === undefined ? undefined : Number(status),
    }
    const messages = calls.get(callId)
    if (messages === undefined) calls.set(callId, [message])
    else messages.push(message)
  }
  return [...calls]
    .filter(([, [first]]) => first?.method === 'INVITE' && first.status === undefined)
    .map(([callId, messages]) => readCall(callId, messages, offsetUs))
    .sort((a, b) => (a.invitedAtNs < b.invitedAtNs ? -1 : 1))
}

function readCall(callId: string, messages: readonly Message[], offsetUs: number): SippCall {
  const [first] = messages
  if (first === undefined) throw new Error('a call without messages')
  const at = (message: Message): bigint => monotonicNsOfWall(message.wallUs, offsetUs)
  const invites = messages.filter(({ cseq, sent, status }) => cseq === first.cseq && sent === first.sent && status === undefined)
  const answersOf = messages.filter(({ cseq, status }) => cseq === first.cseq && status !== undefined)
  const [firstAnswer] = answersOf
  const heard = firstAnswer && invites.findLast(({ wallUs }) => wallUs <= firstAnswer.wallUs)
  const ringing = answersOf.find(({ status = 0 }) => status >= 180 && status < 200)
  const answered = answersOf.find(({ status = 0 }) => status >= 200 && status < 300)
  const { end, last } = readEnd(messages, answersOf, answered !== undefined)
  return {
    callId,
    invitedAtNs: at(first),
    heardAtNs: at(heard ?? first),
    ringingAtNs: ringing && at(ringing),
    answeredAtNs: answered && at(answered),
    end,
    endedAtNs: at(last ?? messages.at(-1) ?? first),
    repeatedInvites: invites.length - 1,
  }
}

function readEnd(
  messages: readonly Message[],
  answersOfInvite: readonly Message[],
  answered: boolean,
): { end: SippCall['end']; last: Message | undefined } {
  const request = (method: string): Message | undefined =>
    messages.find((message) => message.method === method && message.status === undefined)
  const side = ({ sent }: Message): 'here' | 'there' => (sent ? 'here' : 'there')
  const bye = request('BYE')
  if (bye !== undefined) return { end: { by: side(bye), how: 'bye', status: undefined }, last: bye }
  const cancel = request('CANCEL')
  const refusal = answersOfInvite.find(({ status = 0 }) => status >= 300)
  if (cancel !== undefined && refusal?.status === 487) {
    return { end: { by: side(cancel), how: 'cancel', status: 487 }, last: cancel }
  }
  if (refusal !== undefined && !answered) {
    return { end: { by: side(refusal), how: 'refused', status: refusal.status }, last: refusal }
  }
  return { end: { by: 'here', how: 'failed', status: undefined }, last: undefined }
}
