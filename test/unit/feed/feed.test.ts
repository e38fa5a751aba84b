/** The room as it changes: whoever watches has the very room that they would be shown, whatever happens in it. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Principal, Right } from '../../../src/auth/principal.js'
import { Feed, type Resume, type Watcher } from '../../../src/feed/feed.js'
import { viewKnownRoom, type LiveRoom } from '../../../src/status/known-call.js'
import { viewSupervision } from '../../../src/status/supervision.js'
import { histories, play } from '../../routing/histories.js'
import { sampleRules } from '../../routing/sample-rules.js'
import { carryOut } from '../../routing/script.js'
import { World } from '../../routing/world.js'
import { Page, inOrder, type Message } from './page.js'

const trunks = [{ id: 'operator', channels: 30, reserved: 4 }, { id: 'fire', channels: 4, reserved: 0 }]
const principal = (id: string, ...rights: Right[]): Principal => ({ id, agent: rights.includes('agent') ? id : null, rights: new Set(rights), session: null })

class Pupil implements Watcher {
  readonly page = new Page()
  readonly texts: string[] = []
  constructor(readonly principal: Principal) {}
  send(text: Buffer): void {
    this.texts.push(String(text))
    this.page.take(JSON.parse(String(text)) as Message)
  }
}

/** A feed on a world: another with each engine. */
class Watched {
  feed: Feed
  #room: World['room']
  readonly pupils: Pupil[] = []
  readonly earlierCalls = new Map<string, number>()

  constructor(readonly world: World) {
    this.#room = world.room
    this.feed = this.#open()
    const { onOutcome } = world
    world.onOutcome = (event, outcome) => {
      onOutcome(event, outcome)
      if (world.room !== this.#room) this.#nextEngine()
      this.feed.note(outcome)
    }
  }

  get live(): LiveRoom {
    return { calls: this.world.room.calls, agents: this.world.room.agents, queues: [...this.world.room.rules.queues.values()], trunks, sites: {}, earlierCalls: (call) => this.earlierCalls.get(call) ?? null }
  }

  watch(pupil: Pupil, resume: Resume | null = null): Pupil {
    this.pupils.push(pupil)
    expect(this.feed.watch(pupil, resume)).toBe(true)
    return pupil
  }

  /** All that was decided is told. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < 40; turn++) await new Promise(setImmediate)
  }

  compare(): void {
    const { at, room } = this.world
    // Dead, or without its PBX, an engine decides nothing, and tells nothing of what the next one begins with.
    if (room !== this.#room || this.world.away) return
    for (const { principal, page } of this.pupils) {
      const wanted = inOrder(viewKnownRoom(this.live, principal, at))
      expect(page.room(at), principal.id).toEqual(principal.rights.has('lrm') ? { ...wanted, agents: [], queues: [], trunks: [] } : JSON.parse(JSON.stringify(wanted)))
      if (!principal.rights.has('lrm')) expect({ ...page.supervision, at: 0 }).toEqual({ ...viewSupervision(room, at), at: 0 })
    }
  }

  #open(): Feed {
    const { world } = this
    const feed = new Feed({
      room: () => ({ calls: world.room.calls, agents: world.room.agents, earlierCalls: this.live.earlierCalls, names: () => this.live }),
      supervision: () => viewSupervision(world.room, world.at),
      sas: () => ({ id: 'demo', name: 'Démo', positions: [], queues: [], pauseReasons: [], directory: [], entries: [], neighbours: [], giving: [], quality: { answerMs: 1, orientationMs: 1 } }),
      now: () => world.at,
    })
    feed.on('failed', (error) => {
      throw error
    })
    return feed
  }

  #nextEngine(): void {
    this.#room = this.world.room
    const { id } = this.feed
    this.feed.close()
    this.feed = this.#open()
    for (const pupil of this.pupils) this.feed.watch(pupil, { feed: id, seq: pupil.page.seq })
  }
}

const everybody = (): Pupil[] => [principal('sup', 'supervisor'), principal('lrm', 'lrm'), ...['arm01', 'arm02', 'arm05', 'osnp01', 'mrg01', 'nobody'].map((id) => principal(id, 'agent'))].map((who) => new Pupil(who))

const at = (...lines: string[]): Watched => {
  const world = new World(sampleRules)
  const watched = new Watched(world)
  for (const line of lines) carryOut(world, line)
  return watched
}
const say = (watched: Watched, ...lines: string[]): void => {
  for (const line of lines) carryOut(watched.world, line)
}

describe('whatever happens in a room', () => {
  it('who applies each change to the snapshot has the room that they would be shown', async () => {
    await fc.assert(
      fc.asyncProperty(histories(60), fc.infiniteStream(fc.nat(9)), async (history, pauses) => {
        // Played whole to know its lines, then line by line with pauses in which the feed tells more or less.
        const lines: string[] = []
        play(history, (line) => lines.push(line))
        const watched = new Watched(new World(sampleRules))
        for (const pupil of everybody()) watched.watch(pupil)
        for (const line of lines) {
          carryOut(watched.world, line)
          const turns = pauses.next().value ?? 0
          if (turns < 9) for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
          else {
            await watched.rest()
            watched.compare()
          }
        }
        await watched.rest()
        watched.compare()
      }),
      { numRuns: 60 },
    )
  }, 120_000)
})

describe('a watcher', () => {
  it('gets a snapshot with who they are, then changes with the facts of their decisions', async () => {
    const watched = at('arm01 signs in')
    const { page, texts } = watched.watch(new Pupil(principal('arm01', 'agent')))
    await watched.rest()
    expect(JSON.parse(texts[0] ?? '')).toMatchObject({ type: 'snapshot', feed: watched.feed.id, sas: { id: 'demo' }, you: { id: 'arm01', agent: 'arm01', rights: ['agent'] } })
    say(watched, 'A dials 15 on operator')
    await watched.rest()
    expect(page.facts.map(({ type }) => type)).toEqual(expect.arrayContaining(['presented', 'queued', 'offered']))
    watched.compare()
  })

  it('who comes back gets what they missed, and a snapshot where that is no longer kept or another engine’s', async () => {
    const watched = at('arm01 signs in', 'A dials 15 on operator')
    const first = watched.watch(new Pupil(principal('sup', 'supervisor')))
    await watched.rest()
    watched.feed.leave(first)
    say(watched, 'arm01 answers', 'B dials 15 on operator')
    await watched.rest()
    watched.feed.watch(first, { feed: watched.feed.id, seq: first.page.seq })
    await watched.rest()
    expect([first.page.snapshots, first.page.resumed]).toEqual([1, 1])
    watched.compare()
    for (const resume of [{ feed: watched.feed.id, seq: 99_999 }, { feed: 'another', seq: first.page.seq }]) {
      const again = watched.watch(new Pupil(principal('sup', 'supervisor')), resume)
      await watched.rest()
      expect(again.page.snapshots).toBe(1)
    }
  })

  it('who sees other callers from now on gets them, also those who just wait', async () => {
    const watched = at('A dials 1803 on fire')
    const pupil = watched.watch(new Pupil(principal('osnp01', 'agent')))
    await watched.rest()
    expect(pupil.page.room(0).calls).toMatchObject([{ caller: null }])
    watched.feed.leave(pupil)
    say(watched, 'osnp02 signs in', 'osnp01 signs in')
    await watched.rest()
    watched.feed.watch(pupil, { feed: watched.feed.id, seq: pupil.page.seq })
    await watched.rest()
    expect(pupil.page.resumed).toBe(0)
    watched.compare()
  })

  it('is not let in without a right to look', () => {
    expect(at().feed.watch(new Pupil(principal('sas-51', 'neighbour')))).toBe(false)
  })
})

describe('callers', () => {
  it('are told to those who see them, and to nobody else', async () => {
    const watched = at('arm01 signs in', 'arm02 signs in')
    const [sup, lrm, arm01, arm02, , osnp01] = everybody().map((pupil) => watched.watch(pupil)) as [Pupil, Pupil, Pupil, Pupil, Pupil, Pupil]
    await watched.rest()
    say(watched, 'A dials 15 on operator', 'arm01 answers')
    await watched.rest()
    const number = watched.world.room.calls.get('A')?.caller ?? 'none'
    expect(sup.texts.join()).toContain(number)
    expect(lrm.texts.join()).toContain(number)
    expect(arm01.texts.join()).toContain(number)
    expect(arm02.page.room(0).calls).toMatchObject([{ id: 'A', caller: null }])
    expect(osnp01.texts.join()).not.toContain(number)
  })

  it('come with their earlierCalls as soon as these are known, and only for those who see them', async () => {
    const watched = at('arm01 signs in', 'arm02 signs in')
    const [sup, lrm, arm01, arm02] = everybody().map((pupil) => watched.watch(pupil)) as [Pupil, Pupil, Pupil, Pupil]
    say(watched, 'A dials 15 on operator', 'arm01 answers')
    await watched.rest()
    const told = (): unknown[] => [sup, lrm, arm01, arm02].map(({ page }) => page.room(0).calls[0]?.earlierCalls)
    expect(told()).toEqual([null, null, null, null])
    watched.earlierCalls.set('A', 3)
    watched.feed.noteCall('A')
    await watched.rest()
    expect(told()).toEqual([3, 3, 3, null])
    watched.compare()
    say(watched, 'A hangs up')
    await watched.rest()
    watched.feed.noteCall('A')
    await watched.rest()
    watched.compare()
  })

  it('are all that the LRM sees: no state of people, no facts about them alone', async () => {
    const watched = at()
    const lrm = watched.watch(new Pupil(principal('lrm', 'lrm')))
    await watched.rest()
    say(watched, 'arm01 signs in', 'A dials 15 on operator', 'arm01 answers')
    await watched.rest()
    expect(lrm.page.room(0)).toMatchObject({ agents: [], queues: [], trunks: [] })
    expect(lrm.page.facts.map(({ type }) => type)).toContain('picked-up')
    expect(lrm.page.facts.filter((fact) => !('call' in fact))).toEqual([])
  })
})

describe('a change', () => {
  it('is written once for all who see the same of it', async () => {
    const watched = at('arm01 signs in')
    const texts = new Set<Buffer>()
    const count = (who: Principal): Watcher => ({ principal: who, send: (text) => void (String(text).includes('"change"') && texts.add(text)) })
    for (let index = 0; index < 50; index++) for (const right of ['supervisor', 'agent'] as const) watched.feed.watch(count(principal(`someone${index}`, right)))
    await watched.rest()
    await watched.rest()
    say(watched, 'A dials 15 on operator')
    await watched.rest()
    expect(texts.size).toBe(2)
  })
})
