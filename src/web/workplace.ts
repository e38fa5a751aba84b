/** Everything a page works with, made once: who is signed in, the room, the API, the phone, the clock. */
import { computed, effect, signal } from '@preact/signals'
import { goneLabels, webLabels } from '../messages.fr.js'
import { Refused } from './api/answer.js'
import { Api } from './api/client.js'
import { Session } from './api/session.js'
import { Headset } from './phone/headset.js'
import { Softphone } from './phone/softphone.js'
import { Feed, type Barred, type Link } from './state/feed.js'
import { callOf, lineLostIn, me, type Room } from './state/room.js'

const tickMs = 250
const noticeMs = 6_000
const lineLostMs = 60_000

/** The last call that this page asked for. */
export const placed = signal<string | null>(null)

export const callOut = async (agent: string, to: string): Promise<void> => void (placed.value = (await api.callOut(agent, to)).call)

export const session = new Session()
export const api = new Api(session)
export const headset = new Headset()
export const phone = new Softphone(headset, () => api.sipCredentials())

export const room = signal<Room | null>(null)
export const link = signal<Link>('connecting')
export const barred = signal<Barred | null>(null)
/** A sentence for the person, and whether it is bad news. */
export const notice = signal<{ readonly text: string; readonly bad: boolean } | null>(null)

export const myself = computed(() => me(room.value))
export const myCall = computed(() => (room.value === null || myself.value === null ? null : callOf(room.value, myself.value.id)))

/** The call whose line was lost here, told for a while: the next call, or a minute. */
export const lineLost = signal<string | null>(null)
let lineLostTimer: ReturnType<typeof setTimeout> | undefined

const loseLine = (call: string | null): void => {
  clearTimeout(lineLostTimer)
  lineLost.value = call
  if (call !== null) lineLostTimer = setTimeout(() => (lineLost.value = null), lineLostMs)
}

/** What to add to the page's own clock for the engine's: the least delay seen is nearest to the truth. */
let offsetMs = -Infinity
/** The engine's clock, four times a second: whatever counts live is drawn from it. */
export const now = signal(0)
const engineNow = (): number => performance.now() + (Number.isFinite(offsetMs) ? offsetMs : 0)
setInterval(() => (now.value = engineNow()), tickMs)

let feed: Feed | null = null

const follow = (): Feed =>
  new Feed({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/feed`,
    token: async (renew) => (renew ? session.renew() : (session.token ?? session.renew())),
    onRoom: (next, message) => {
      if (message.type === 'change') for (const fact of message.facts) if (fact.type === 'not-reached' && fact.agent === next.you.agent) say(webLabels.call.notReached(goneLabels[fact.why]), true)
      if (message.type === 'snapshot') offsetMs = -Infinity
      offsetMs = Math.max(offsetMs, next.at - performance.now())
      now.value = engineNow()
      const lost = lineLostIn(room.value, next, message)
      room.value = next
      if (lost !== null || myCall.value !== null) loseLine(lost)
    },
    onLink: (state) => (link.value = state),
    onBarred: (why) => {
      if (why === 'unauthorized') session.lose()
      else barred.value = why
    },
  })

/** Follows the room for as long as somebody is signed in. */
export const begin = (): void => {
  session.onToken = (token) => feed?.renew(token)
  window.addEventListener('offline', () => feed?.networkGone())
  window.addEventListener('online', () => feed?.networkBack())
  phone.onMended = (kept) => {
    if (kept) say(webLabels.link.callMended)
    // Where the engine has told what became of the caller, that is said.
    else if (lineLost.value === null) say(webLabels.link.callLost, true)
  }
  effect(() => {
    const signedIn = session.you.value != null
    if (signedIn && feed === null) {
      feed = follow()
      feed.start()
    } else if (!signedIn && feed !== null) {
      feed.stop()
      feed = null
      room.value = null
      loseLine(null)
      barred.value = null
      void phone.stop()
    }
  })
  void session.renew()
}

let noticeTimer: ReturnType<typeof setTimeout> | undefined

export const say = (text: string, bad = false): void => {
  clearTimeout(noticeTimer)
  notice.value = { text, bad }
  noticeTimer = setTimeout(() => (notice.value = null), noticeMs)
}

/** Carries out a command; what is refused is told in the engine's words. @returns whether it was done */
export const run = async (command: Promise<unknown>, done?: string): Promise<boolean> => {
  try {
    await command
    if (done !== undefined) say(done)
    return true
  } catch (error) {
    say(error instanceof Refused ? error.message : webLabels.unreachable, true)
    return false
  }
}
