/** A voice for Chromium's microphone: a steady tone as a WAV file at 48 kHz, to be played in a loop. */
import { wav } from '../../src/asterisk-config/media/audio.js'

const rate = 48_000
const volume = 0.4

/** One second. @param hz whole, so that the loop has no click */
export const voiceFile = (hz: number): Buffer => wav(Int16Array.from({ length: rate }, (_, at) => Math.round(volume * 32_767 * Math.sin((2 * Math.PI * hz * at) / rate))), rate)
