/** Bulk callers and people who are called, by SIPp. */
export { startSippAnswering, type SippAnswering, type SippAnsweringOptions } from './answering.js'
export { fictionalNumbers, runSippCallers, startSippCallers } from './callers.js'
export type { SippCallerCall, SippCallers, SippCallersOptions } from './callers.js'
export type { SippCall } from './trace.js'
