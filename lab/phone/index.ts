/** Real SIP and RTP phones for tests and the demo. */
export { Phone, type DialOptions, type PhoneOptions } from './phone.js'
export { CallOver, IncomingCall, OutgoingCall, type Call, type CallEnd } from './call.js'
export { NotHeard, type Ear, type Heard, type HeardSpan } from './ear.js'
export type { Media } from './rtp-line.js'
export { toneCount, toneFor } from './tones.js'
export { monotonicMs, monotonicNs, monotonicNsOfWall, msOf, wallOffsetUs } from './clock.js'
