/** What people see of the room. */
import type { SasConfig } from '../config/schema.js'
import { EarlierCalls } from '../earlier-calls.js'
import { Feed, type SasView } from '../feed/feed.js'
import { aboutSas } from '../redis/about.js'
import { viewSupervision } from '../status/supervision.js'
import type { Surroundings } from './surroundings.js'

function sasView(config: SasConfig): SasView {
  const { name, positions, queues, quality } = aboutSas(config)
  const directory = Object.entries(config.outbound?.directory ?? {}).map(([id, { label }]) => ({ id, label }))
  const entries = config.entries.map(({ trunk, number, departement = null }) => ({ trunk, number, departement }))
  const labelled = (all: readonly { readonly id: string; readonly label: string }[]) => all.map(({ id, label }) => ({ id, label }))
  return { id: config.sas.id, neighbours: labelled(config.neighbours), giving: labelled(config.giving), name, positions, queues, quality, pauseReasons: config.pauseReasons, directory, entries }
}

/** The room as the pages follow it. */
export function watch({ engine, live, about, now, log }: Surroundings, earlierCalls: EarlierCalls): Feed {
  const feed = new Feed({
    room: () => {
      if (!engine.room || engine.state === 'stopped') return null
      const { calls, agents } = engine.room
      // Made only where they are wanted: this is asked with each change.
      return { calls, agents, earlierCalls: (call) => earlierCalls.of(call), names: () => about() }
    },
    supervision: () => engine.room && viewSupervision(engine.room, now()),
    sas: () => sasView(live.config),
    now,
  })
  engine.on('settled', (outcome) => feed.note(outcome))
  engine.on('stopped', () => feed.close())
  feed.on('failed', (error) => log.error({ error }, 'feed: its watchers were let go'))
  return feed
}

/** Calls of the same number within a day. @param onKnown what is known of a call changed */
export function countEarlierCalls({ env: { redisUrl }, live, engine, now, log }: Surroundings, onKnown: (call: string) => void): EarlierCalls {
  const { sas } = live.config
  const onProblem = (error: unknown): void => log.warn({ error }, 'earlier calls are not counted')
  const earlierCalls = new EarlierCalls({ redisUrl, sas: sas.id, calls: () => engine.room?.calls.values() ?? [], now, onKnown, onProblem })
  engine.on('loaded', () => earlierCalls.start())
  engine.on('state', (state) => state === 'active' && earlierCalls.takeUp())
  engine.on('settled', (outcome) => earlierCalls.follow(outcome))
  return earlierCalls
}
