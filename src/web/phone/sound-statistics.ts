/** What a call sounds like, from the browser's own statistics (W3C webrtc-stats). */

export interface Sound {
  /** 0 to 1, linear. */
  readonly heard: number
  readonly said: number
  /** Of the call so far. */
  readonly packetsHeard: number
  /** When the last packet was seen to come, ms of the page's clock. */
  readonly lastPacketAt: number
  /** Nothing has come for a while. */
  readonly silent: boolean
}

/** @param before null at the beginning of a call */
export const readSound = (report: RTCStatsReport, before: Sound | null, now: number, silenceMs: number): Sound => {
  let [heard, said, packetsHeard] = [0, 0, 0]
  report.forEach((one: RTCStats & Record<string, unknown>) => {
    if (one.type === 'inbound-rtp' && one['kind'] === 'audio') {
      heard = Number(one['audioLevel'] ?? 0)
      packetsHeard = Number(one['packetsReceived'] ?? 0)
    } else if (one.type === 'media-source' && one['kind'] === 'audio') {
      said = Number(one['audioLevel'] ?? 0)
    }
  })
  const lastPacketAt = before === null || packetsHeard > before.packetsHeard ? now : before.lastPacketAt
  return { heard, said, packetsHeard, lastPacketAt, silent: now - lastPacketAt > silenceMs }
}
