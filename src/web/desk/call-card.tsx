/** The call one is on: who calls from where, and everything that can be done with it. */
import type { JSX, TargetedKeyboardEvent } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { webLabels } from '../../messages.fr.js'
import { N1, type Priority } from '../../routing/rules.js'
import type { AgentView } from '../../status/room-view.js'
import { Action, Badge, Level, Picker, Since, type Choice } from '../parts/controls.js'
import { useKey } from '../parts/keys.js'
import { civicLines, departementOf, directoryLabel, neighbourLabel, positionLabel, queueLabel, spelled, telephone } from '../parts/words.js'
import type { SeenCall } from '../state/messages.js'
import { freeAt, isFree, listensBy, queuesAt, type AsOf, type Room } from '../state/room.js'
import { api, phone, run, say } from '../workplace.js'
import { Keypad } from './keypad.js'
import { Outside } from './outside.js'

const words = webLabels.call

interface Props {
  readonly room: Room
  readonly call: AsOf<SeenCall>
  readonly me: AsOf<AgentView>
}

/** Who only listens does nothing with the call. */
export const CallCard = (props: Props): JSX.Element => {
  const { room, call, me } = props
  const listens = call.listeners.includes(me.id)
  const heard = call.with[0]?.agent ?? webLabels.nothing
  return (
    <article class="card call" aria-label={words.people}>
      <Caller {...props} listens={listens} />
      {listens && (
        <p class="sought" role="status">
          {listensBy(room, call, me.id) === 'listen' ? words.listening(heard) : words.whispering(heard)}
        </p>
      )}
      {!listens && <Priorities {...props} />}
      {!listens && <Transfer {...props} />}
      <People {...props} />
      <Phone />
    </article>
  )
}

const Caller = ({ room, call, me, listens }: Props & { listens: boolean }): JSX.Element => {
  const entry = room.sas.entries.find(({ trunk, number }) => trunk === call.trunk && number === call.number)
  const departement = entry?.departement ?? departementOf(call.location)
  const isPresumed = call.priority === null && call.class !== 'SIS'
  const waitedMs = call.pickedUpAt === null ? null : call.pickedUpAt - call.arrivedAt
  return (
    <>
      <header class="caller">
        <div>
          <h1 class="number">{call.caller == null || call.caller === '' ? words.unknownNumber : telephone(call.caller)}</h1>
          {call.earlierCalls != null && <p class={call.earlierCalls > 0 ? 'earlier-calls some' : 'earlier-calls'}>{words.earlierCalls(call.earlierCalls)}</p>}
        </div>
        <div class="times">
          <Badge of={call.priority ?? call.class} presumed={isPresumed} />
          <Since from={call.asOf - call.sinceArrivalMs} class="big" />
          <small>{isPresumed ? words.presumedAndLasts : words.lasts}</small>
        </div>
      </header>
      <dl class="facts">
        {call.outgoing === null ? (
          <>
            <Fact name={words.dialled}>
              {call.number} <small>{call.trunk}</small>
            </Fact>
            <Fact name={words.waited}>{waitedMs === null ? webLabels.nothing : spelled(waitedMs)}</Fact>
          </>
        ) : (
          <Fact name={words.outgoing}>{directoryLabel(room, call.outgoing.entry) ?? call.trunk}</Fact>
        )}
        {call.received !== null && <Fact name={words.receivedFrom}>{neighbourLabel(room, call.received)}</Fact>}
        <Fact name={words.drm}>{call.drm ?? webLabels.nothing}</Fact>
        {departement !== null && <Fact name={words.departement}>{departement}</Fact>}
        <Fact name={words.location} wide>
          <Place call={call} />
        </Fact>
      </dl>
      {!listens && <CallerName key={call.id} call={call} agent={me.id} />}
    </>
  )
}

const Fact = ({ name, wide = false, children }: { name: string; wide?: boolean; children: preact.ComponentChildren }): JSX.Element => (
  <div class={wide ? 'wide' : ''}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

const Place = ({ call: { location } }: { call: SeenCall }): JSX.Element => {
  if (location == null || (location.point === null && location.civic === null)) return <span class="faint">{words.noLocation}</span>
  const { point, radiusM, method } = location
  const coordinates = point === null ? null : `${point.lat.toFixed(5)}, ${point.lon.toFixed(5)}`
  return (
    <>
      {civicLines(location).map((line) => (
        <span key={line} class="line">
          {line}
        </span>
      ))}
      {coordinates !== null && (
        <span class="line">
          {coordinates} {radiusM !== null && <small>{words.radius(Math.round(radiusM))}</small>} {method !== null && <small>{method}</small>}
          <button type="button" class="action quiet small" onClick={() => void navigator.clipboard.writeText(coordinates).then(() => say(words.copied))}>
            {words.copy}
          </button>
        </span>
      )}
    </>
  )
}

const CallerName = ({ call, agent }: { call: SeenCall; agent: string }): JSX.Element => {
  const input = useRef<HTMLInputElement>(null)
  const kept = useRef(call.callerName ?? '')
  useKey('n', () => input.current?.focus())
  // By Enter, and by going on with the mouse: what was typed is not lost.
  const keep = async (): Promise<void> => {
    const name = input.current?.value.trim() ?? ''
    if (name === '' || name === kept.current) return
    const before = kept.current
    kept.current = name
    if (!(await run(api.nameCaller(call.id, agent, name), words.nameKept))) kept.current = before
  }
  const onKeyDown = ({ key, currentTarget }: TargetedKeyboardEvent<HTMLInputElement>): void => {
    if (key === 'Escape') currentTarget.value = kept.current
    if (key === 'Escape' || key === 'Enter') currentTarget.blur()
  }
  return (
    <form class="name" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span>
          {words.name} <kbd aria-hidden="true">N</kbd>
        </span>
        <input ref={input} maxLength={120} autocomplete="off" defaultValue={call.callerName ?? ''} placeholder={words.nameHint} onKeyDown={onKeyDown} onBlur={() => void keep()} />
      </label>
    </form>
  )
}

const Priorities = ({ call, me }: Props): JSX.Element => (
  <div class="priorities" role="group" aria-label={words.priority}>
    {(['P0', 'P1', 'P2'] satisfies Priority[]).map((priority, index) => (
      <Action
        key={priority}
        class={`priority class-${priority.toLowerCase()}`}
        label={`${priority} ${words.priorities[priority]}`}
        hotkey={String(index)}
        pressed={call.priority === priority}
        onPress={() => void run(api.qualify(call.id, me.id, priority))}
      />
    ))}
  </div>
)

const Transfer = ({ room, call, me }: Props): JSX.Element => {
  const [open, setOpen] = useState<'transfer' | 'third' | null>(null)
  const mine = call.with.find(({ agent }) => agent === me.id)
  const sought = call.queue
  const stages = mine === undefined ? [] : queuesAt(room, room.queues.get(mine.queue)?.position ?? '')
  const hasNext = stages.findIndex(({ id }) => id === mine?.queue) < stages.length - 1
  const atN2 = mine !== undefined && mine.queue !== N1
  const others = call.with.length + call.guests.filter(({ phase }) => phase === 'there').length > 1
  const onCall = (verb: Parameters<typeof api.onCall>[0]): void => void run(api.onCall(verb, call.id, me.id))
  return (
    <>
      {sought !== null && (
        <p class="sought" role="status">
          <b>{words.sought(queueLabel(room, sought))}</b> <Since from={call.asOf - (call.waitMs ?? 0)} />
          <span>{words.soughtHint}</span>
        </p>
      )}
      {call.held && (
        <p class="sought" role="status">
          {words.consulting}
        </p>
      )}
      <div class="actions">
        <Action label={words.transfer} hotkey="t" kind="strong" disabled={sought !== null} onPress={() => setOpen('transfer')} />
        <Action label={words.takeBack} hotkey="k" disabled={sought === null} onPress={() => onCall('take-back')} />
        <Action label={words.leave} hotkey="l" kind={others ? 'good' : 'plain'} disabled={sought === null && !others} onPress={() => onCall('leave')} />
        <Action label={words.third} hotkey="i" onPress={() => setOpen('third')} />
        <Action label={words.bringIn} hotkey="e" disabled={!call.held} onPress={() => onCall('bring-in')} />
        <Action label={words.park} hotkey="g" disabled={others || sought !== null} onPress={() => onCall('park')} />
        {atN2 && hasNext && <Action label={words.next} hotkey="s" disabled={sought !== null} onPress={() => onCall('pass-on')} />}
        {atN2 && <Action label={words.giveBack} hotkey="u" disabled={sought !== null} onPress={() => onCall('give-back')} />}
        <Action label={call.callback === null ? words.callback : words.callbackAgreed} hotkey="b" pressed={call.callback !== null} onPress={() => onCall(call.callback === null ? 'callback' : 'withdraw-callback')} />
      </div>
      {open === 'transfer' && (
        <Picker title={words.transferTo} hint={words.transferHint} choices={targets(room, me.id)} onClose={() => setOpen(null)} onChoose={({ choice, shift, ctrl }) => void run(api.transfer(call.id, me.id, choice.id, shift ? 'warm' : ctrl ? 'direct' : undefined))} />
      )}
      {open === 'third' && (
        <Outside
          room={room}
          title={words.thirdTo}
          hint={words.thirdHint}
          onClose={() => setOpen(null)}
          onChoose={({ choice, shift }) => void run(api.invite(call.id, me.id, choice.id, shift))}
        />
      )}
    </>
  )
}

/** Filières, then their stages where there are several, then people who are free. */
const targets = (room: Room, me: string): Choice[] => {
  const filieres = room.sas.positions.filter(({ id }) => id !== N1).map(({ id, label }) => ({ id, label, hint: webLabels.queues.free(freeAt(room, id)) }))
  const stages = [...room.queues.values()]
    .filter(({ id, position }) => id !== position && queuesAt(room, position).length > 1)
    .map(({ id, free }) => ({ id, label: queueLabel(room, id), hint: webLabels.queues.free(free) }))
  const people = [...room.agents.values()]
    .filter((agent) => agent.id !== me && isFree(agent))
    .map(({ id, roles, position }) => ({ id, label: id, hint: `${roles.join(', ')} · ${positionLabel(room, position)}` }))
  return [...filieres, ...stages, ...people]
}

const People = ({ call, me }: Props): JSX.Element => {
  const others = call.with.filter(({ agent }) => agent !== me.id)
  return (
    <section class="people" aria-label={words.withYou}>
      <h2>{words.withYou}</h2>
      {others.length + call.guests.length === 0 && <span class="faint">{words.alone}</span>}
      <ul>
        {others.map(({ agent, sinceMs }) => (
          <li key={agent}>
            <b>{agent}</b> <Since from={call.asOf - sinceMs} />
          </li>
        ))}
        {call.guests.map(({ guest, entry, phase, sinceMs }) => (
          <li key={guest}>
            <b>{entry?.toUpperCase() ?? words.third}</b> {phase === 'ringing' ? words.calledIn : <Since from={call.asOf - sinceMs} />}
            <Action class="small" label={words.dismiss} onPress={() => void run(api.dismiss(call.id, me.id, guest))} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The phone itself: microphone, hold, keypad, levels, hanging up. */
const Phone = (): JSX.Element | null => {
  const [keypad, setKeypad] = useState(false)
  const line = phone.call.value
  const sound = phone.sound.value
  if (line === null) return null
  return (
    <footer class="phone">
      <div class="levels">
        <Level label={words.levelHeard} value={sound?.heard ?? 0} />
        <Level label={words.levelSaid} value={line.muted || line.held ? 0 : (sound?.said ?? 0)} />
        <div role="alert">
          {line.mending && <p class="notice bad">{webLabels.link.mending}</p>}
          {!line.mending && !line.held && sound?.silent === true && <p class="notice bad">{webLabels.link.noSound}</p>}
          {line.muted && <p class="notice wait">{words.muted}</p>}
          {line.held && <p class="notice wait">{words.held}</p>}
        </div>
      </div>
      <div class="row">
        <Action label={line.muted ? words.unmute : words.doMute} hotkey="m" pressed={line.muted} onPress={() => phone.mute(!line.muted)} />
        <Action label={line.held ? words.unhold : words.hold} hotkey="h" pressed={line.held} onPress={() => void phone.hold(!line.held)} />
        <Action label={words.keypad} hotkey="f" onPress={() => setKeypad(true)} />
        <Action label={words.hangUp} hotkey="Maj+r" kind="bad" class="hang-up" onPress={() => void phone.hangUp()} />
      </div>
      {keypad && <Keypad onClose={() => setKeypad(false)} />}
    </footer>
  )
}
