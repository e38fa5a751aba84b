/** The supervisor's wall: everything at a glance from 3 m, and a list of actions behind each person, call and filière. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { webLabels } from '../../messages.fr.js'
import type { AgentView } from '../../status/room-view.js'
import { agentStateLabels } from '../../messages.fr.js'
import { Badge, Since } from '../parts/controls.js'
import { EngineChip, ThemeSwitch } from '../parts/surroundings.js'
import { clockTime, neighbourLabel, positionLabel, queueLabel, stateLabel, targetLabel, telephone } from '../parts/words.js'
import type { SeenCall } from '../state/messages.js'
import { elapsed, isFree, levels, queuesAt, startOfWait, type AsOf, type Level, type Room } from '../state/room.js'
import { now, session } from '../workplace.js'
import { CallDialog, OverrideDialog, PersonPicker } from './actions.js'
import { Quality } from './quality.js'

const words = webLabels.wall

type Open = { readonly kind: 'person'; readonly id: string } | { readonly kind: 'call'; readonly id: string } | { readonly kind: 'override' | 'aid' } | null

/** As many as the wall holds without scrolling. */
const callsShown = 9

export const Wall = ({ room }: { room: Room }): JSX.Element => {
  const [open, setOpen] = useState<Open>(null)
  const close = (): void => setOpen(null)
  const all = levels(room)
  return (
    <div class="wall">
      <header class="top">
        <h1>{room.sas.name}</h1>
        <Alarms room={room} />
        <div class="links">
          <EngineChip />
          <ThemeSwitch />
          <button type="button" class="action quiet" onClick={() => void session.signOut()}>
            {words.signOut}
          </button>
          <time class="clock">{clockTime(now.value)}</time>
        </div>
      </header>
      <main data-at={room.at} data-seq={room.seq}>
        <div class="levels-row">
          {all.map((level) => (
            <LevelTile key={level.position} room={room} level={level} />
          ))}
        </div>
        <Quality answerSeconds={Math.round(room.sas.quality.answerMs / 1000)} />
        <People room={room} onOpen={(id) => setOpen({ kind: 'person', id })} />
        <Calls room={room} onOpen={(id) => setOpen({ kind: 'call', id })} />
        <Lines room={room} />
        <Neighbours room={room} onOpen={() => setOpen({ kind: 'aid' })} />
        <Overrides room={room} onOpen={() => setOpen({ kind: 'override' })} />
      </main>
      {open?.kind === 'person' && <PersonPicker room={room} id={open.id} onClose={close} />}
      {open?.kind === 'call' && <CallDialog room={room} id={open.id} onClose={close} />}
      {(open?.kind === 'override' || open?.kind === 'aid') && <OverrideDialog room={room} aid={open.kind === 'aid'} onClose={close} />}
    </div>
  )
}

const Alarms = ({ room }: { room: Room }): JSX.Element => {
  const broken = room.supervision?.staffing.filter(({ brokenSince }) => brokenSince !== null) ?? []
  const recorderFailsSince = room.supervision?.recording?.failsSince ?? null
  return (
    <div class="alarms" role="alert" aria-label={words.alarms}>
      {broken.length === 0 && (
        <p class="chip good">
          <span aria-hidden="true">●</span> {words.noAlarm}
        </p>
      )}
      {broken.map(({ guard, label, present, min, brokenSince }) => (
        <p key={guard} class="alarm">
          <span aria-hidden="true">▲</span> {words.alarm(label, present, min)}{' '}
          {brokenSince !== null && (
            <span aria-hidden="true">
              {words.since} <Since from={brokenSince} />
            </span>
          )}
        </p>
      ))}
      {recorderFailsSince !== null && (
        <p class="alarm">
          <span aria-hidden="true">▲</span> {words.recorderFails}{' '}
          <span aria-hidden="true">
            <Since from={recorderFailsSince} />
          </span>
        </p>
      )}
    </div>
  )
}

const LevelTile = ({ room, level }: { room: Room; level: Level }): JSX.Element => {
  const waitMs = level.oldestSince === null ? null : elapsed(0, level.oldestSince, now.value)
  const limitMs = room.sas.quality.answerMs
  const tone = waitMs === null ? 'calm' : waitMs >= limitMs ? 'late' : waitMs >= limitMs / 2 ? 'soon' : 'some'
  const stages = queuesAt(room, level.position)
  const closed = room.supervision?.queues.filter(({ queue, open }) => !open && stages.some(({ id }) => id === queue)) ?? []
  const isClosed = closed.length > 0 && closed.length === stages.length
  const notices = new Set(closed.map(({ queue, to }) => `${isClosed ? '' : `${queueLabel(room, queue)} `}${words.closed(queueLabel(room, to))}`))
  return (
    <section class={`tile level-tile ${isClosed ? 'shut' : tone}`} aria-label={level.label}>
      <h2>{level.label}</h2>
      <div class="big-row">
        <b class="count">{level.waiting}</b>
        <span>
          <span class="faint">{words.oldest}</span>
          <b class="oldest">{waitMs === null || level.oldestSince === null ? webLabels.nothing : <Since from={level.oldestSince} />}</b>
        </span>
      </div>
      <p class="row classes">
        {Object.entries(level.byClass)
          .sort()
          .map(([name, count]) => (
            <span key={name} class="of-class">
              <Badge of={name} /> {count}
            </span>
          ))}
      </p>
      <p class={level.free === 0 ? 'free none' : 'free'}>
        <b>{level.free}</b> {words.free(level.free)}
        {level.parked > 0 && (
          <>
            {' '}
            · <b>{level.parked}</b> {words.parked}
          </>
        )}
      </p>
      {[...notices].map((text) => (
        <p key={text} class="closed">
          {text}
        </p>
      ))}
    </section>
  )
}

/** The order in which a supervisor looks for help. */
const stateOrder: readonly AgentView['state'][] = ['ready', 'offered', 'talking', 'wrap-up', 'paused', 'aside', 'signed-out']

const People = ({ room, onOpen }: { room: Room; onOpen: (id: string) => void }): JSX.Element => {
  const people = [...room.agents.values()]
  const absent = people.filter(({ state }) => state === 'signed-out')
  const present = people
    .filter(({ state }) => state !== 'signed-out')
    .sort((one, other) => stateOrder.indexOf(one.state) - stateOrder.indexOf(other.state) || one.id.localeCompare(other.id))
  const roles = [...new Set(people.flatMap((person) => person.roles))]
  return (
    <section class="tile people-tile" aria-label={words.people}>
      <h2>{words.people}</h2>
      <ul class="by-role">
        {roles.map((role) => {
          const of = present.filter((person) => person.roles.includes(role))
          return (
            <li key={role} class={of.length === 0 ? 'none' : ''}>
              <b>{role}</b> {of.filter(isFree).length}/{of.length}
            </li>
          )
        })}
        <li class="faint">{words.freeOfPresent}</li>
      </ul>
      <ul class="persons">
        {present.map((person) => (
          <li key={person.id}>
            <button type="button" class={`person ${person.state}`} onClick={() => onOpen(person.id)}>
              <b>{person.id}</b>
              <span>
                {stateLabel(person)} <Since from={person.asOf - person.sinceMs} />
              </span>
              <small>
                {person.roles.join(', ')} · {positionLabel(room, person.position)}
              </small>
            </button>
          </li>
        ))}
      </ul>
      {absent.length > 0 && (
        <p class="absent">
          {absent.slice(0, 12).map(({ id }) => (
            <button key={id} type="button" class="action quiet small" onClick={() => onOpen(id)}>
              {id}
            </button>
          ))}
          <span class="faint">{words.absent}</span>
        </p>
      )}
    </section>
  )
}

const Calls = ({ room, onOpen }: { room: Room; onOpen: (id: string) => void }): JSX.Element => {
  const urgency: Readonly<Record<string, number>> = { waiting: 0, ringing: 1, parked: 2, 'to-call-back': 3, fallback: 4, talking: 5 }
  const calls = [...room.calls.values()].sort((one, other) => (urgency[one.situation] ?? 9) - (urgency[other.situation] ?? 9) || startOfWait(one) - startOfWait(other))
  return (
    <section class="tile calls-tile" aria-label={words.calls}>
      <h2>
        {words.calls} <small>{calls.length}</small>
      </h2>
      {calls.length === 0 && <p class="faint">{words.noCalls}</p>}
      <ul>
        {calls.slice(0, callsShown).map((call) => (
          <li key={call.id}>
            <button type="button" class={`caller-row ${call.situation}`} onClick={() => onOpen(call.id)}>
              <Badge of={call.priority ?? call.class} />
              <span class="who">{call.caller == null ? call.number : telephone(call.caller)}</span>
              <Since from={call.situation === 'talking' ? call.asOf - call.sinceArrivalMs : startOfWait(call)} />
              <small>{whereabouts(room, call)}</small>
            </button>
          </li>
        ))}
      </ul>
      {calls.length > callsShown && <p class="faint">{words.more(calls.length - callsShown)}</p>}
    </section>
  )
}

const whereabouts = (room: Room, call: AsOf<SeenCall>): string => {
  const people = call.situation === 'ringing' ? call.ringing : call.with.map(({ agent }) => agent)
  const queue = call.queue === null ? '' : queueLabel(room, call.queue)
  const elsewhere = call.given !== null ? words.givenTo(neighbourLabel(room, call.given)) : call.offered !== null ? words.offeredTo(neighbourLabel(room, call.offered)) : ''
  return [queue, call.situation === 'ringing' ? agentStateLabels.offered : '', people.join(', '), elsewhere].filter((part) => part !== '').join(' · ')
}

const Lines = ({ room }: { room: Room }): JSX.Element => (
  <section class="tile lines-tile" aria-label={words.lines}>
    <h2>{words.lines}</h2>
    <ul>
      {[...room.trunks.values()].map(({ id, calls, channels, reserved }) => (
        <li key={id} class={calls >= channels - reserved ? 'full' : calls >= 0.8 * channels ? 'high' : ''}>
          <span>{id}</span>
          <meter min={0} max={channels} high={0.8 * channels} value={calls} aria-label={id} />
          <b>
            {calls}/{channels}
          </b>
        </li>
      ))}
    </ul>
  </section>
)

/** Those who help, and are helped. Nothing of a SAS that has none. */
const Neighbours = ({ room, onOpen }: { room: Room; onOpen: () => void }): JSX.Element | null => {
  const { neighbours = [], giving = [] } = room.supervision ?? {}
  if (neighbours.length === 0) return null
  return (
    <section class="tile overrides-tile neighbours-tile" aria-label={words.neighbours}>
      <h2>{words.neighbours}</h2>
      <ul>
        {neighbours.map(({ neighbour, up, taken, given, received }) => (
          <li key={neighbour}>
            <b>{neighbourLabel(room, neighbour)}</b> {up === null ? <span>{words.sipAlone}</span> : <Heard up={up} />} <span>{words.exchanged(given, received)}</span>{' '}
            {!taken && <em>{words.notTaken}</em>}
          </li>
        ))}
        {giving.map(({ rule, since }) => (
          <li key={rule} class={since === null ? 'faint' : 'giving'}>
            <b>{targetLabel(room, rule)}</b> {since === null ? words.givingNone : words.givingSince(clockTime(since))}
          </li>
        ))}
      </ul>
      <button type="button" class="action" onClick={onOpen}>
        {words.changeAid}
      </button>
    </section>
  )
}

const Heard = ({ up }: { up: boolean }): JSX.Element => (
  <span class={up ? 'heard' : 'silent'}>
    <span aria-hidden="true">{up ? '●' : '✕'}</span> {up ? words.heard : words.silent}
  </span>
)

const Overrides = ({ room, onOpen }: { room: Room; onOpen: () => void }): JSX.Element => {
  const overrides = room.supervision?.overrides ?? []
  return (
    <section class="tile overrides-tile" aria-label={words.overrides}>
      <h2>{words.overrides}</h2>
      {overrides.length === 0 && <p class="faint">{words.noOverride}</p>}
      <ul>
        {overrides.map(({ target, kind, until, by }) => (
          <li key={target}>
            <b>{targetLabel(room, target)}</b> {words.kinds[kind]} <span>{words.until(clockTime(until))}</span>{' '}
            <small>{words.by(by)}</small>
          </li>
        ))}
      </ul>
      <button type="button" class="action" onClick={onOpen}>
        {words.change}
      </button>
    </section>
  )
}
