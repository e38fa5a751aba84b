/** What every part of a running engine is given. */
import type { Environment } from '../config/environment.js'
import type { LiveConfig } from '../config/live-config.js'
import type { Engine } from '../engine.js'
import type { Logger } from '../log.js'
import type { Metrics } from '../metrics/metrics.js'
import type { About } from '../redis/about.js'

export interface Surroundings {
  readonly env: Environment
  /** The file of the SAS, as it is read again. */
  readonly live: LiveConfig
  readonly engine: Engine
  readonly metrics: Metrics
  readonly log: Logger
  /** Names and sizes, as they are now. */
  readonly about: () => About
  /** Milliseconds since the epoch, never backwards. */
  readonly now: () => number
  /** Aborted when the engine ends. */
  readonly end: AbortSignal
}
