/** How numbers, times and names are written for people. */
import type { CallerLocation } from '../../routing/events.js'
import { N1 } from '../../routing/rules.js'
import { agentStateLabels, missLabels, webLabels } from '../../messages.fr.js'
import { queueLabel as labelOfQueue } from '../../status/queue-label.js'
import type { AgentView } from '../../status/room-view.js'
import type { Room } from '../state/room.js'

/** `0:07`, `12:34`, `1 h 02`. */
export const counted = (ms: number): string => {
  const seconds = Math.floor(Math.max(0, ms) / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}:${String(seconds % 60).padStart(2, '0')}`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')}`
}

/** In words, for what is read aloud and in sentences. */
export const spelled = (ms: number): string => {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}

/** As the French write them: `06 39 98 00 12`. Others are left as they are. */
export const telephone = (number: string): string => {
  const national = number.replace(/^(?:\+33|0033)(?=[1-9])/, '0')
  return /^0[1-9][0-9]{8}$/.test(national) ? national.replace(/(..)(?=.)/g, '$1 ') : number
}

export const clockTime = (at: number): string => new Date(at).toLocaleTimeString('fr-FR', { hour: '2-digit', minute: '2-digit' })

export const clockSeconds = (at: number): string => new Date(at).toLocaleTimeString('fr-FR')

/** A civic address (RFC 4119, RFC 5139) as on an envelope. */
export const civicLines = ({ civic }: CallerLocation): string[] => {
  if (civic === null) return []
  const joined = (...names: readonly string[]): string => names.flatMap((name) => civic[name] ?? []).join(' ')
  const street = joined('HNO', 'HNS', 'STS', 'RD', 'A6', 'POD')
  return [joined('NAM', 'LMK'), street, joined('BLD', 'FLR', 'UNIT', 'ROOM', 'LOC'), `${joined('PC')} ${joined('A3', 'PCN')}`.trim()].filter((line) => line !== '')
}

/** Of a postal code; null when the place does not say it. */
export const departementOf = (location: CallerLocation | null | undefined): string | null => {
  const code = location?.civic?.['PC'] ?? ''
  if (!/^[0-9]{5}$/.test(code)) return null
  return code.startsWith('97') || code.startsWith('98') ? code.slice(0, 3) : code.slice(0, 2)
}

/** Null for whom the directory does not name. */
export const directoryLabel = (room: Room, entry: string | null): string | null => room.sas.directory.find(({ id }) => id === entry)?.label ?? null

export const positionLabel = (room: Room, id: string): string => room.sas.positions.find((position) => position.id === id)?.label ?? id

export const neighbourLabel = (room: Room, id: string): string => room.sas.neighbours.find((one) => one.id === id)?.label ?? id

/** What became of the caller, or of whom one had called: a sentence for an agent who was on the line with them. */
export const whatBecame = (room: Room, id: string): string => {
  const { became, caller, correspondent, outsider } = webLabels.link
  const call = room.calls.get(id)
  if (call === undefined) return became.over
  const who = call.outgoing === null ? caller : correspondent
  switch (call.situation) {
    case 'waiting':
      return became.waiting(who, queueLabel(room, call.queue ?? N1))
    case 'ringing':
      return (call.callback?.dialling === true ? became.calledBack : became.ringing)(who, call.ringing.join(', '))
    case 'parked':
      return became.parked(who, call.parked?.by ?? webLabels.nothing)
    case 'fallback':
      return became.fallback(who)
    case 'to-call-back':
      return became.toCallBack(who)
    case 'talking': {
      const agents = call.with.map(({ agent }) => agent)
      if (call.held) return became.held(who, agents.join(', '))
      if (agents.length === 0 && call.given !== null) return became.given(who, neighbourLabel(room, call.given))
      const guests = call.guests.flatMap(({ phase, entry }) => (phase === 'there' ? [directoryLabel(room, entry) ?? outsider] : []))
      return became.talking(who, [...agents, ...guests].join(', '))
    }
  }
}

/** What an override is about: a queue or filière, a rule, a neighbour, or a number. */
export const targetLabel = (room: Room, target: string): string =>
  [...room.sas.giving, ...room.sas.neighbours].find(({ id }) => id === target)?.label ?? (target.includes('/') ? target : queueLabel(room, target))

export const queueLabel = (room: Room, id: string): string => labelOfQueue(id, room.queues.values(), room.sas.positions)

export const stateLabel = ({ state, reason, engaged }: Pick<AgentView, 'state' | 'reason' | 'engaged'>): string => {
  if (engaged && state === 'ready') return webLabels.phoneTaken(agentStateLabels[state])
  if (reason === null) return agentStateLabels[state]
  return `${agentStateLabels[state]} : ${missLabels[reason] ?? reason}`
}

export const percent = (ratio: number | null): string => (ratio === null ? webLabels.nothing : `${Math.floor(ratio * 100)} %`)
