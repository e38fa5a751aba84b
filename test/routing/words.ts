/** Effects and facts in one short form, for people who read scenarios and failing histories. */
import type { Effect } from '../../src/routing/effects.js'
import type { Choice, Fact } from '../../src/routing/facts.js'
import type { Outcome } from '../../src/routing/step.js'

/** Facts first: the why, then what is asked of the PBX. A change of somebody's state is told by the last word on it. */
export function outcomeInWords({ facts, effects }: Outcome): string[] {
  const last = new Map(facts.map((fact, index) => [fact.type === 'agent-state' ? `@${fact.agent}` : String(index), index]))
  const told = facts.filter((fact, index) => fact.type !== 'agent-state' || last.get(`@${fact.agent}`) === index)
  return [...told.map(factInWords), ...effects.map((effect) => `PBX: ${effectInWords(effect)}`)]
}

export function effectInWords(effect: Effect): string {
  switch (effect.type) {
    case 'answer':
    case 'music':
    case 'hang-up':
    case 'hand-back':
      return `${effect.type} ${effect.channel}`
    case 'say':
      return `say ${effect.media.join(' + ')} to ${effect.channel} as ${effect.sound}`
    case 'hush':
      return `hush ${effect.sound}`
    case 'dial':
      return `dial ${effect.number} on ${effect.trunk} as ${effect.leg}`
    case 'give':
      return `give ${effect.caller} to ${effect.number} on ${effect.trunk} as ${effect.leg}${effect.given.reservation === null ? '' : `, promised ${effect.given.reservation}`}, seen by ${effect.given.visited.join(' ')}, ${seconds(effect.given.waitedMs)}, ${effect.given.class}`
    case 'refuse':
      return `refuse ${effect.channel}`
    case 'reserve':
      return `ask ${effect.neighbour} for ${effect.leg}: ${effect.ask.class} at ${effect.ask.position}${effect.ask.mayWait ? ', may wait' : ''}`
    case 'give-up':
      return `give up ${effect.reservation} at ${effect.neighbour}`
    case 'confirm':
      return `confirm ${effect.accepted ? 'yes' : 'no'} to ${effect.channel}`
    case 'listen':
      return `listen to ${effect.on} as ${effect.ear}${effect.whisper ? ', whispering' : ''}`
    case 'record':
      return `record ${effect.channel} as ${effect.recorder}`
    case 'pause-recording':
      return `${effect.paused ? 'pause' : 'go on with'} ${effect.recorder}`
    case 'end-recording':
      return `end ${effect.recorder}`
    case 'ringback':
      return `ringback to ${effect.channel}`
    case 'ring':
      return `ring ${effect.phone} as ${effect.leg}`
    case 'join':
      return `join ${effect.channels.join(' + ')} in ${effect.bridge}`
    case 'add':
      return `add ${effect.channel} to ${effect.bridge}`
    case 'dissolve':
      return `dissolve ${effect.bridge}`
    case 'beep':
      return `beep ${effect.channel} ${effect.accepted ? 'yes' : 'no'}`
  }
}

const seconds = (ms: number): string => `${ms / 1_000} s`

function choiceInWords(why: Choice): string {
  switch (why.rule) {
    case 'sender':
      return 'sender'
    case 'longest-idle':
      return `longest idle of ${why.free}`
    case 'ring-all':
      return `${why.free} rung at once`
    case 'picked':
      return `picked${why.ahead > 0 ? `, ${why.ahead} before` : ''}${why.reason === null ? '' : `: ${why.reason}`}`
    case 'recheck':
      return 'for a word'
    case 'named':
      return 'named'
    case 'outgoing':
      return 'their own call'
  }
}

export function factInWords(fact: Fact): string {
  switch (fact.type) {
    case 'presented':
      return `${fact.call} presented: ${fact.number} on ${fact.trunk}, ${fact.class}`
    case 'giving-began':
      return `rule ${fact.rule} gives: ${fact.why}`
    case 'giving-ended':
      return `rule ${fact.rule} gives no more, after ${seconds(fact.forMs)}`
    case 'neighbour-seen':
      return `${fact.neighbour} is ${fact.up ? 'up' : 'down'}`
    case 'offered-away':
      return `${fact.call} offered to ${fact.neighbour} by rule ${fact.rule}`
    case 'stayed':
      return `${fact.call} stays, not at ${fact.neighbour}: ${fact.why}`
    case 'given':
      return `${fact.call} given to ${fact.neighbour} after ${seconds(fact.waitMs)}`
    case 'reservation':
      return `${fact.neighbour} asks for a place: ${fact.why ?? 'promised'}`
    case 'gift-refused':
      return `${fact.call} of ${fact.neighbour} refused: ${fact.why}`
    case 'received':
      return `${fact.call} received from ${fact.from}: ${fact.number} on ${fact.trunk}, ${fact.class}`
    case 'called-out':
      return `${fact.call} made by ${fact.agent} to ${fact.entry ?? 'a number'} on ${fact.trunk}`
    case 'not-reached':
      return `${fact.call} reaches nobody for ${fact.agent}: ${fact.why}`
    case 'queued':
      return `${fact.call} queued at ${fact.queue} as ${fact.class}: ${fact.why}, ${fact.waiting} waiting`
    case 'offered':
      return `${fact.call} offered to ${fact.agent}: ${choiceInWords(fact.why)}`
    case 'ringing':
      return `${fact.call} rings as ${fact.leg}, ${seconds(fact.sinceArrivalMs)} after arrival`
    case 'missed':
      return `${fact.call} missed by ${fact.agent}: ${fact.why}`
    case 'picked-up':
      return `${fact.call} picked up by ${fact.agent} at ${fact.queue} after ${seconds(fact.waitMs)}${fact.first ? ', first' : ''}${fact.why === undefined ? '' : `, ${fact.why}`}`
    case 'drm-opened':
      return `${fact.call} has DRM ${fact.drm} by ${fact.agent}`
    case 'caller-named':
      return `${fact.call} named by ${fact.agent}`
    case 'qualified':
      return `${fact.call} qualified ${fact.priority} by ${fact.agent}, ${seconds(fact.sincePickupMs)} after pickup${fact.first ? '' : ', again'}`
    case 'position-changed':
      return `${fact.agent} goes from ${fact.from} to ${fact.to}: ${fact.why}`
    case 'transfer-started':
      return `${fact.call} sent to ${fact.to} by ${fact.agent}, ${fact.handover}`
    case 'transfer-taken':
      return `${fact.call} taken by ${fact.by} from ${fact.from} after ${seconds(fact.waitMs)}`
    case 'transfer-returned':
      return `${fact.call} comes back from ${fact.from} to ${fact.to}: ${fact.why}`
    case 'left':
      return `${fact.agent} is off ${fact.call} after ${seconds(fact.talkMs)}: ${fact.why}`
    case 'parked':
      return `${fact.call} parked by ${fact.agent} at ${fact.queue} for ${seconds(fact.forMs)}`
    case 'callback-agreed':
      return `${fact.call} may be called back at ${fact.to}, says ${fact.agent}`
    case 'caller-away':
      return `${fact.call} is gone and keeps the place at ${fact.queue}`
    case 'called-back':
      return `${fact.call} is called back for ${fact.agent} as ${fact.leg}, attempt ${fact.attempt}`
    case 'callback-missed':
      return `${fact.call} was called in vain: ${fact.why}, attempt ${fact.attempt}, then ${fact.next}`
    case 'guest-called':
      return `${fact.entry ?? 'a number'} is called into ${fact.call} by ${fact.agent} as ${fact.guest}${fact.aside ? ', aside' : ''}`
    case 'guest-joined':
      return `${fact.guest} is on ${fact.call} after ${seconds(fact.waitMs)}${fact.held ? ', without the caller' : ''}`
    case 'guest-left':
      return `${fact.guest} is off ${fact.call}: ${fact.why}`
    case 'caller-fetched':
      return `${fact.call} joins those whom ${fact.agent} talks to`
    case 'recording-began':
      return `${fact.call} is recorded`
    case 'recording-ended':
      return `${fact.call} was recorded for ${seconds(fact.forMs)}`
    case 'recording-failed':
      return `${fact.call} is not recorded: ${fact.why}`
    case 'call-moved':
      return `${fact.call} is moved from ${fact.from} to ${fact.to} by ${fact.by}`
    case 'listening-began':
      return `${fact.agent} is to ${fact.mode} on ${fact.call}`
    case 'listening-ended':
      return `${fact.agent} listens to ${fact.call} no more, after ${seconds(fact.forMs)}`
    case 'supervisor-joined':
      return `${fact.agent} joins ${fact.call}`
    case 'callback-withdrawn':
      return `${fact.call} is not to be called back, says ${fact.agent}`
    case 'recheck-due':
      return `${fact.call} is due for a word at ${fact.queue} after ${seconds(fact.waitMs)}, ${fact.times} times`
    case 'escalated':
      return `${fact.call} escalated at ${fact.queue} after ${seconds(fact.waitMs)}, ${fact.times} times`
    case 'agent-state':
      return `${fact.agent} is ${fact.state}${fact.why === null ? '' : `: ${fact.why}`}`
    case 'to-fallback':
      return `${fact.call} goes to the fallback: ${fact.why}`
    case 'served-by-fallback':
      return `${fact.call} picked up by the fallback${fact.agent === null ? '' : ` (${fact.agent})`} after ${seconds(fact.waitMs)}`
    case 'caller-located':
      return `${fact.call} located: ${fact.result}`
    case 'turned-away':
      return `${fact.call} turned away from ${fact.trunk}/${fact.number}: no channel left`
    case 'ended':
      return `${fact.call} ended ${fact.outcome}: ${fact.why} at ${fact.stage}${fact.waiting ? ' waiting' : ''}, ${seconds(fact.sinceArrivalMs)} after arrival`
    case 'refused':
      return `refused: ${fact.agent ?? '?'} ${fact.command} ${fact.call ?? ''}: ${fact.why}`
    case 'ignored':
      return `ignored: ${fact.event}: ${fact.why}`
    case 'rules-changed':
      return `rules changed: ${fact.why}`
    case 'override-set':
      return `${fact.target} is set to ${fact.kind} until ${seconds(fact.until)} by ${fact.by}`
    case 'override-ended':
      return `${fact.target} is as usual${fact.by === null ? '' : ` by ${fact.by}`}`
    case 'understaffed':
      return `${fact.guard}: ${fact.present} of ${fact.min} ${fact.role}`
    case 'staffed-again':
      return `${fact.guard}: staffed again after ${seconds(fact.afterMs)}`
    case 'reconciled':
      return `reconciled: ${fact.callsKept} calls kept, ${fact.callsGone} gone, ${fact.legsDropped} legs dropped`
  }
}
