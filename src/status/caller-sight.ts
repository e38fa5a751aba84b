/**
 * Who may see a caller's number, name and place. Supervisors, administrators and the LRM: everybody's. An agent: those they talk
 * with, whom their phone rings for, whom they parked, and who wait where they may pick them.
 */
import { hasOneOf, type Principal } from '../auth/principal.js'
import { serves, type Agent } from '../routing/room.js'
import { N1 } from '../routing/rules.js'
import type { CallView, QueueName } from './room-view.js'

interface Room {
  readonly agents: ReadonlyMap<string, Agent>
  readonly queues: Iterable<QueueName>
}

export const seesCaller = (principal: Principal, call: CallView, { agents, queues }: Room): boolean => {
  if (hasOneOf(principal, ['supervisor', 'admin', 'lrm'])) return true
  const agent = principal.agent === null ? undefined : agents.get(principal.agent)
  if (agent === undefined) return false
  const { id } = agent
  if (call.with.some((party) => party.agent === id) || call.ringing.includes(id) || call.parked?.by === id) return true
  if (agent.state.kind === 'signed-out' || call.queue === null) return false
  const position = agent.awayFrom ?? agent.position
  return [...queues].some((queue) => (queue.id === call.queue || (call.recheckDue && queue.id === N1)) && serves(queue, agent, position))
}
