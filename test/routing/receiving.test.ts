/** What a neighbour is told and may bring (R-MA-1 to R-MA-3). */
import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/routing/events.js'
import { stateForNeighbour } from '../../src/routing/receiving.js'
import { createRoom } from '../../src/routing/roster.js'
import { step } from '../../src/routing/step.js'
import { rulebook, sampleRules } from './sample-rules.js'

function begin() {
  const room = createRoom(rulebook['helped'] ?? sampleRules, 1, 0)
  const decide = (event: Event) => step(room, event)
  for (const agent of ['arm01', 'arm02', 'arm03']) decide({ type: 'sign-in', at: 0, agent })
  const ask = (id: string) => decide({ type: 'reservation-asked', at: 0, neighbour: 'voisin', id, ask: { position: 'n1', class: 'P2', visited: ['voisin'], mayWait: false } })
  const bring = (call: string, reservation: string, drm: string) =>
    decide({ type: 'call-arrived', at: 0, call, trunk: 'neighbour', number: '15', caller: null, arrivedAt: 0, answered: false, given: { reservation, visited: ['voisin'], waitedMs: 0, class: 'P2', drm } })
  return { room, ask, bring, free: (at = 0) => stateForNeighbour(room, 'voisin', at).positions['n1']?.free }
}

describe('a neighbour', () => {
  it('is told of those who are free for it: none of those kept for our own callers, nor of those promised', () => {
    const { ask, free } = begin()
    expect(free()).toBe(2)
    ask('R1')
    expect(free()).toBe(1)
    expect(free(6_000)).toBe(2)
  })

  it('brings no DRM that is one of ours', () => {
    const { room, ask, bring } = begin()
    ask('R1')
    bring('A', 'R1', `${room.rules.sas}-B`)
    ask('R2')
    bring('C', 'R2', 'voisin-C')
    expect([...room.calls.values()].map(({ drm }) => drm?.id)).toEqual([undefined, 'voisin-C'])
  })
})
