/**
 * Conversations are written down (R-TO-3). A channel of the PBX, the recorder, hears what the caller says and hears, so that no whisper, no
 * consultation without the caller and no bridge that comes and goes makes a difference; it writes one file for each channel of a caller's.
 *
 *   none      left once the caller talks to somebody who is to be recorded (→ running).
 *   running   left when they talk to nobody who is (→ paused), with the caller's channel (→ none), or when it fails (→ failed).
 *   paused    nothing is written; left as soon as they do again (→ running), or with the caller's channel (→ none).
 *   failed    left with the caller's channel: the next call tries again. Whatever fails here costs the caller nothing.
 */
import type { CallId, Inventory, LegId, PbxEvent } from './events.js'
import type { Call } from './room.js'
import { CANARY, type Rules } from './rules.js'
import { classOf } from './transfers.js'
import { callOfChannel, recordedBy, type Turn } from './turn.js'

/** Brings the recorders in line with what became of the calls that this decision touched. */
export function record(turn: Turn): void {
  const { calls } = turn.room
  for (const id of turn.rulesReplaced ? [...calls.keys()] : [...turn.calls]) {
    const call = calls.get(id)
    if (call) follow(turn, call)
  }
}

function follow(turn: Turn, call: Call): void {
  const { channel } = call
  if (call.recorder && recordedBy(call.recorder.channel) !== channel) {
    call.recorder = null
    turn.touchCall(call)
  }
  const { recorder } = call
  const wanted = channel !== null && isRecorded(turn.room.rules, call)
  if (recorder === null) {
    if (!wanted) return
    call.recorder = { channel: turn.recorderName(call, channel), state: 'running' }
    turn.do({ type: 'record', recorder: call.recorder.channel, channel })
  } else if (recorder.state === (wanted ? 'paused' : 'running')) {
    recorder.state = wanted ? 'running' : 'paused'
    turn.touchCall(call)
    turn.do({ type: 'pause-recording', recorder: recorder.channel, paused: !wanted })
  }
}

/**
 * Whether what the caller talks about now is to be recorded. Of several agents on the line all must be: nobody is recorded whose
 * filière is not.
 */
export function isRecorded(rules: Rules, call: Call): boolean {
  const { state } = call
  // In a canary nobody says anything.
  if (call.trunk === CANARY) return false
  if (state.kind !== 'talking' || state.callerHeld || state.parties.length === 0) return false
  const positions = state.parties.map(({ queue }) => rules.queues.get(queue)?.position ?? '')
  const kind = classOf(call)
  return rules.recording.some(
    (rule) => (rule.trunks?.includes(call.trunk) ?? true) && (rule.classes?.includes(kind) ?? true) && positions.every((position) => rule.positions?.includes(position) ?? true),
  )
}

export function recordingBegan(turn: Turn, { recorder }: Extract<PbxEvent, { type: 'recording-began' }>): void {
  turn.note({ type: 'recording-began', call: callOf(recorder) })
}

/** With the caller's channel, as it should be, or before. */
export function recordingOver(turn: Turn, { recorder, durationMs }: Extract<PbxEvent, { type: 'recording-over' }>): void {
  const call = recorded(turn, recorder)
  if (call?.recorder?.state === 'failed') return turn.ignore('recording-over', 'failed-before')
  if (call) return fail(turn, call, 'cut-short')
  turn.room.recordingFailsSince = null
  turn.note({ type: 'recording-ended', call: callOf(recorder), forMs: durationMs })
}

export function recordingRefused(turn: Turn, { recorder }: Extract<PbxEvent, { type: 'recording-refused' }>): void {
  const call = recorded(turn, recorder)
  if (!call || call.recorder?.state === 'failed') return turn.ignore('recording-refused', 'stale-recorder')
  fail(turn, call, 'refused')
}

/** What the PBX lists is what there is; whoever should be recorded and is not, is from now on. */
export function adoptRecorders(turn: Turn, listed: Inventory['recorders']): void {
  const { room } = turn
  const running = new Map(listed.map((one) => [recordedBy(one.recorder), one]))
  for (const call of room.calls.values()) {
    const found = call.channel === null ? undefined : running.get(call.channel)
    if (!found && !call.recorder) continue
    call.recorder = found ? { channel: found.recorder, state: found.paused ? 'paused' : 'running' } : null
    turn.touchCall(call)
  }
  for (const { recorder } of listed) if (!recorded(turn, recorder)) turn.do({ type: 'end-recording', recorder })
}

/** The call whose caller this recorder hears now. */
function recorded({ room }: Turn, recorder: LegId): Call | undefined {
  const call = room.calls.get(callOf(recorder))
  return call?.recorder?.channel === recorder ? call : undefined
}

const callOf = (recorder: LegId): CallId => callOfChannel(recordedBy(recorder) ?? recorder)

function fail(turn: Turn, call: Call, why: 'refused' | 'cut-short'): void {
  const { recorder } = call
  if (!recorder) return
  recorder.state = 'failed'
  turn.touchCall(call)
  turn.room.recordingFailsSince ??= turn.at
  turn.do({ type: 'end-recording', recorder: recorder.channel })
  turn.note({ type: 'recording-failed', call: call.id, why })
}
