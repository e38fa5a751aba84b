/** The status as a supervisor reads it in a terminal. */
import { agentStateLabels, missLabels, situationLabels, statusLabels as labels } from '../messages.fr.js'
import type { Status } from './read-status.js'
import type { AgentView, CallView } from './room-view.js'
import { table } from './table.js'

export const showStatus = (status: Status): string => {
  const { owner = null } = status.lease ?? {}
  const sections = [
    `${status.name} (${status.sas}) : ${owner === null ? labels.noEngine : labels.heldBy(shortOwner(owner))}, ${labels.callCount(status.calls.length)}`,
    ...(status.alarms.length === 0 ? [] : [status.alarms.map(({ label, present, min }) => labels.alarm(label, present, min)).join('\n')]),
    indicators(status),
    ...(status.trunks.length === 0 ? [] : [trunks(status)]),
    queues(status),
    status.calls.length === 0 ? labels.noCalls : calls(status.calls),
    status.agents.length === 0 ? labels.noAgents : agents(status.agents),
  ]
  if (status.corrupt > 0) sections.push(labels.corrupt(status.corrupt))
  return `${sections.join('\n\n')}\n`
}

/** Machine and process: what a person looks for. The rest of an owner's name only makes it unique. */
const shortOwner = (owner: string): string => owner.replace(/\/[0-9a-f-]{36}$/, '')

const trunks = (status: Status): string =>
  table(
    [labels.trunk, labels.calls, labels.channels, labels.reserved],
    status.trunks.map(({ id, calls, channels, reserved }) => [id, String(calls), String(channels), String(reserved)]),
  )

const queues = (status: Status): string =>
  table(
    [labels.queue, labels.waiting, labels.ringing, labels.accompanied, labels.oldest, labels.free],
    status.queues.map((queue) => [
      queue.id,
      String(queue.waiting),
      String(queue.ringing),
      String(queue.accompanied),
      queue.oldestWaitMs === null ? '–' : duration(queue.oldestWaitMs),
      String(queue.free),
    ]),
  )

const calls = (all: readonly CallView[]): string =>
  table(
    [labels.call, labels.number, labels.class, labels.situation, labels.queue, labels.wait, labels.since, labels.with],
    all.map((call) => [
      call.id,
      call.number,
      call.priority ?? call.class,
      call.recheckDue ? `${situationLabels[call.situation]}, ${labels.recheckDue}` : situationLabels[call.situation],
      call.queue ?? '–',
      call.waitMs === null ? '–' : duration(call.waitMs),
      duration(call.sinceArrivalMs),
      peopleOf(call).join(', ') || '–',
    ]),
  )

const peopleOf = ({ situation, ringing, parked, with: parties }: CallView): readonly string[] =>
  situation === 'ringing' ? ringing : parked ? [parked.by] : parties.map(({ agent }) => agent)

const agents = (all: readonly AgentView[]): string =>
  table(
    [labels.agent, labels.roles, labels.position, labels.site, labels.state, labels.since, labels.call],
    all.map((agent) => [
      agent.id,
      agent.roles.join(', '),
      agent.position,
      agent.site ?? '–',
      agent.reason === null
        ? agentStateLabels[agent.state]
        : `${agentStateLabels[agent.state]} (${missLabels[agent.reason] ?? agent.reason})`,
      duration(agent.sinceMs),
      agent.call ?? '–',
    ]),
  )

const indicators = ({ indicators: seen }: Status): string => {
  const { under10s, under30s, under60s, under120s, over120s } = seen.abandonedByDelay
  return [
    labels.counts(seen.presented, seen.answered, seen.abandoned, seen.fallback),
    labels.abandons(under10s, under30s, under60s, under120s, over120s),
    labels.quality(percent(seen.qs30), percent(seen.inTimeOfPresented), percent(seen.qs60)),
    labels.orientation(percent(seen.orientedInTime), seen.byPriority.P0, seen.byPriority.P1, seen.byPriority.P2),
    labels.transfers(seen.transfers.started, seen.transfers.taken, seen.transfers.returned),
  ].join('\n')
}

/** A fraction of 1 as French writes it: `93,3 %`. */
const percent = (fraction: number | null): string =>
  fraction === null ? '–' : `${(fraction * 100).toFixed(1).replace('.', ',')} %`

/** `7 s`, `1 min 05 s`, `2 h 03 min`. */
export const duration = (ms: number): string => {
  const seconds = Math.floor(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`
}

const two = (value: number): string => String(value).padStart(2, '0')
