/** From where on a value is a matter of concern: one place for all boards. */
import type { Steps } from './board.js'

/** DGOS indicator 2: nine of ten calls answered within 30 s. */
export const quality: Steps = ['red', [0.8, 'orange'], [0.9, 'green']]
/** Of a caller who waits; 30 s is the limit of quality. */
export const waiting: Steps = ['green', [20, 'orange'], [30, 'red']]
/** Of a trunk: the last fifth is soon gone in a surge. */
export const lines: Steps = ['green', [0.8, 'orange'], [0.95, 'red']]
/** Of what should not happen at all. */
export const never: Steps = ['green', [1, 'red']]
/** Of people who could take the next call. */
export const free: Steps = ['red', [1, 'green']]
/** Of a write or a request that a ring waits for. */
export const quick: Steps = ['green', [0.05, 'orange'], [0.1, 'red']]
