/** The engine as HTTP sees it, and the file of the SAS read again. */
import type { Pbx } from '../ari/pbx.js'
import { ConfigError, showFault } from '../config/fault.js'
import type { SasConfig } from '../config/schema.js'
import type { EarlierCalls } from '../earlier-calls.js'
import type { DoorState, EngineDoor, ReloadAnswer } from '../http/door.js'
import type { Ledger } from '../ledger.js'
import type { Expected } from '../metrics/facts.js'
import { aboutSas } from '../redis/about.js'
import type { RoomStore } from '../redis/store.js'
import { viewSupervision } from '../status/supervision.js'
import { version } from '../version.js'
import type { Surroundings } from './surroundings.js'

/** What HTTP may ask of the engine. */
export function openDoor({ engine, about, now }: Surroundings, pbx: Pbx, store: RoomStore, ledger: Ledger, earlierCalls: EarlierCalls, reload: EngineDoor['reload']): EngineDoor {
  const state = (): DoorState => ({
    ari: !pbx.isUp ? 'down' : engine.state === 'joining' ? 'joining' : 'up',
    redis: engine.degraded || !store.up ? 'degraded' : 'up',
    lease: engine.state === 'stopped' ? 'lost' : engine.state === 'standby' ? 'standby' : 'held',
    version,
  })
  return {
    submit: (request, asked) => engine.submit(request, asked),
    recall: (name) => engine.recall(name),
    room: () => {
      const { queues, trunks, sites } = about()
      return engine.room && { calls: engine.room.calls, agents: engine.room.agents, queues, trunks, sites, earlierCalls: (call) => earlierCalls.of(call) }
    },
    supervision: () => engine.room && viewSupervision(engine.room, now()),
    reload,
    indicators: () => ledger.summary(now()),
    state,
    now,
  }
}

/** Whole or not at all; whoever asked is told what differs, and what of it waits for a restart or for Asterisk. */
export function readAgain({ live, engine, metrics, log }: Surroundings, by: string, certificateFaults: readonly string[]): ReloadAnswer {
  try {
    const reloaded = live.reload()
    if (reloaded.changed.length > 0) engine.reload(by, reloaded.changed)
    metrics.expect(expectedOf(live.config))
    metrics.onReload('taken')
    log.info({ by, ...reloaded }, 'configuration read again')
    return { ok: true, reloaded: { ...reloaded, certificateFaults } }
  } catch (error) {
    metrics.onReload('refused')
    if (!(error instanceof ConfigError)) {
      // A fault of ours, not of the file: calls go on by what was in force.
      log.error({ by, error }, 'configuration not read: nothing has changed')
      return { ok: false, faults: [{ path: '', line: null, column: null, message: 'the file cannot be read: see the log', hint: null }] }
    }
    log.error({ by, faults: error.faults.map((fault) => showFault(error.file, fault)) }, 'configuration refused: nothing has changed')
    return { ok: false, faults: error.faults }
  }
}

/** Series that begin at nought. */
export const expectedOf = (config: SasConfig): Expected => ({ entries: config.entries, neighbours: config.neighbours, queues: aboutSas(config).queues.map(({ id }) => id) })
