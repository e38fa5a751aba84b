/** What a caller hears while a phone rings, as French exchanges play it: 440 Hz, 1.5 s of every 5 s (ITU-T E.180). */
import { telephoneRate } from './audio.js'

const onSeconds = 1.5
const everySeconds = 5

/** Samples in -1…1 at 8 kHz: one turn, to be repeated. */
export const ringback = (): Float64Array =>
  Float64Array.from({ length: everySeconds * telephoneRate }, (_, at) => (at < onSeconds * telephoneRate ? 0.25 * Math.sin((2 * Math.PI * 440 * at) / telephoneRate) : 0))
