/** What went wrong in a round, from the stories of its callers. Each function judges one promise. */
import { groupBy, type Evidence, type Offer, type Story } from './evidence.js'
import type { PhoneCall } from './staff.js'

/**
 * What happens within this is at once: what callers, phones and the engine see of one moment, each a little later than the
 * other. A place in the line is worth about as much: one agent hangs up every 200 ms. The order that the journal tells is
 * judged without it (journal-order.ts).
 */
const atOnceNs = 250_000_000n
/** An INVITE that comes sooner after a fault was on its way before it. */
const onTheirWayNs = 50_000_000n

/** From here on this phone is free for another call. */
export const busyUntilNs = ({ releasedAtNs, end }: PhoneCall): bigint | null => releasedAtNs ?? end?.atNs ?? null

const isBusyAt = (call: PhoneCall, atNs: bigint): boolean => call.ringAtNs < atNs && (busyUntilNs(call) ?? atNs + 1n) > atNs

/** An agent, or the fallback through one, was with the caller and hung up. */
const isServed = ({ offers }: Story): boolean => offers.some(({ releasedAtNs }) => releasedAtNs !== undefined)

/** Ended by the switchboard without having been served to the end, or by a caller who would have waited. */
export function isDropped(story: Story): boolean {
  const { caller, cut } = story
  if (cut) return false
  if (caller.temper !== 'line' && caller.end.by === 'here' && caller.end.how !== 'failed') return false
  return !(caller.end.by === 'there' && caller.end.how === 'bye' && isServed(story))
}

/** INVITEs at a phone that rang or talked for another call, and INVITEs for a caller for whom another phone did. */
export function doubleOffers({ phones }: Evidence): PhoneCall[] {
  const ofPhone = groupBy(phones, ({ phone }) => phone)
  const ofCaller = groupBy(phones, ({ caller }) => caller)
  return phones.filter((call) => {
    const { phone, caller, ringAtNs } = call
    if (ofPhone.get(phone)?.some((other) => other !== call && isBusyAt(other, ringAtNs))) return true
    return ofCaller.get(caller)?.some((other) => other.phone !== phone && isBusyAt(other, ringAtNs) && isBusyAt(other, ringAtNs + atOnceNs))
  })
}

/**
 * Offers to somebody while somebody who had come before them was waiting, put back by the fault or never offered. Who was in
 * conversation when the fault struck and comes back goes before all who were not (decision 0002), oldest first.
 */
export function orderViolations(stories: readonly Story[], { trouble }: Evidence): { later: Story; earlier: Story; offer: Offer }[] {
  // The fallback has a line of its own, where nobody waits for the engine; and the dead wait for nobody.
  const inLine = stories.filter(({ inLineFromNs, cut }) => inLineFromNs !== null && !cut)
  const talked = new Set(inLine.filter(({ offers }) => offers.some(({ answeredAtNs }) => answeredAtNs !== undefined && answeredAtNs < trouble.atNs)))
  return stories.flatMap((later) =>
    later.offers.flatMap((offer) => {
      const { decidedAtNs } = offer
      if (decidedAtNs === null) return []
      const rivals = talked.has(later) ? [...talked] : inLine
      const earlier = rivals.find((one) => cameBefore(one, later) && waitedAround(one, decidedAtNs))
      return earlier ? [{ later, earlier, offer }] : []
    }),
  )
}

const cameBefore = (one: Story, other: Story): boolean => one.caller.heardAtNs + atOnceNs < other.caller.heardAtNs

const startOf = ({ decidedAtNs, ringAtNs }: Offer): bigint => decidedAtNs ?? ringAtNs

function waitedAround(story: Story, atNs: bigint): boolean {
  const { caller, offers, inLineFromNs } = story
  const [from, to] = [atNs - atOnceNs, atNs + atOnceNs]
  if (inLineFromNs === null || inLineFromNs > from || caller.endedAtNs < to) return false
  if (offers.some((call) => startOf(call) < to && (busyUntilNs(call) ?? to) > from)) return false
  // Served, and not told yet that the call is over: waits for nothing, unless offered again.
  const before = offers.filter((call) => startOf(call) < atNs)
  return before.length < offers.length || before.every(({ releasedAtNs }) => releasedAtNs === undefined)
}

/** Answered phones that were put down from inside while the caller was still there. */
function putDown(stories: readonly Story[]): PhoneCall[] {
  return stories.flatMap(({ caller, offers, cut }) =>
    offers.filter(({ answeredAtNs, releasedAtNs, end }) => {
      if (cut || answeredAtNs === undefined || releasedAtNs !== undefined || end === undefined || end.by === 'here') return false
      return !(caller.end.by === 'here' && caller.endedAtNs < end.atNs + atOnceNs)
    }),
  )
}

/** Of a conversation: it lasted longer than it takes to make one. */
const conversationNs = 300_000_000n
const wasConversation = ({ answeredAtNs, end }: PhoneCall): boolean => end !== undefined && answeredAtNs !== undefined && end.atNs - answeredAtNs > conversationNs

export const bridgesCut = (stories: readonly Story[]): PhoneCall[] => putDown(stories).filter(wasConversation)

/** Agents who picked up and were not put through: nobody was there to do it. The caller kept their place. */
export const pickupsLost = (stories: readonly Story[]): PhoneCall[] => putDown(stories).filter((call) => !wasConversation(call))

/** Calls whose one outcome is not what phones and callers saw. */
export function wrongOutcomes(stories: readonly Story[], { trouble }: Evidence): Story[] {
  return stories.filter((story) => {
    const [outcome, more] = story.outcomes
    if (!outcome || more) return false
    const { offers, fallback, cut } = story
    if (outcome.outcome === 'answered') return !offers.some(({ answeredAtNs }) => answeredAtNs !== undefined)
    // A phone that rang when the PBX died may be picked up still: nobody is there.
    if (outcome.outcome === 'abandoned') return isServed(story) && !(cut && offers.every(({ answeredAtNs = trouble.atNs }) => answeredAtNs >= trouble.atNs))
    return outcome.outcome === 'fallback' && fallback?.result !== 'n1'
  })
}

/** How many waited, talked and rang at that moment. */
export function crowdAt(stories: readonly Story[], atNs: bigint): { waiting: number; talking: number; ringing: number } {
  const crowd = { waiting: 0, talking: 0, ringing: 0 }
  for (const { caller, offers } of stories) {
    if (caller.heardAtNs > atNs || caller.endedAtNs < atNs) continue
    const offer = offers.find((call) => isBusyAt(call, atNs))
    if (!offer) crowd.waiting++
    else if (offer.answeredAtNs !== undefined && offer.answeredAtNs < atNs) crowd.talking++
    else crowd.ringing++
  }
  return crowd
}

/**
 * From each moment an offer is awaited to the next one, ms. INVITEs that come at once were on their way before the fault; those
 * of the fallback are not the engine's.
 */
export function resumeMs(stories: readonly Story[], { trouble }: Evidence): number[] {
  const rings = ringsOfEngine(stories)
  const ignoredNs = trouble.endsCalls ? 0n : onTheirWayNs
  return trouble.awaitedFromNs.map((from) => {
    const next = rings.filter((at) => at >= from + ignoredNs).reduce<bigint | null>((least, at) => (least === null || at < least ? at : least), null)
    return next === null ? Infinity : Number(next - from) / 1e6
  })
}

/** INVITEs that the fallback did not send. */
const ringsOfEngine = (stories: readonly Story[]): bigint[] =>
  stories.flatMap(({ offers }) => offers.filter(({ decidedAtNs }) => decidedAtNs !== null).map(({ ringAtNs }) => ringAtNs))

/** Longest silence at any phone in conversation from a second before the fault until healing, ms. */
export function audioGapMs({ trouble, healedAtNs, phones }: Evidence): number {
  const fromNs = trouble.atNs - 1_000_000_000n
  const gaps = phones.map((call) => {
    if (trouble.endsCalls || call.answeredAtNs === undefined || call.answeredAtNs > fromNs) return 0
    const until = busyUntilNs(call) ?? healedAtNs
    return until < trouble.atNs ? 0 : (call.longestGapMs(fromNs, until < healedAtNs ? until : healedAtNs) ?? 0)
  })
  return Math.max(0, ...gaps)
}
