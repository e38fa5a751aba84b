/** What a supervisor does to a person, a call or a filière. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { sentence, situationLabels, webLabels } from '../../messages.fr.js'
import { N1, type OverrideKind } from '../../routing/rules.js'
import { Action, Badge, Dialog, Picker, Since, type Choice } from '../parts/controls.js'
import { clockSeconds, clockTime, counted, neighbourLabel, queueLabel, spelled, targetLabel, telephone } from '../parts/words.js'
import type { Room } from '../state/room.js'
import { api, now, run } from '../workplace.js'

const words = webLabels.wall

interface Props {
  readonly room: Room
  readonly onClose: () => void
}

/** Choices, each with what it does. */
interface Deed extends Choice {
  readonly does: () => Promise<unknown>
}

const Deeds = ({ title, deeds, onClose }: { title: string; deeds: readonly Deed[]; onClose: () => void }): JSX.Element => (
  <Picker title={title} choices={deeds} onClose={onClose} onChoose={({ choice }) => void run(deeds.find(({ id }) => id === choice.id)?.does() ?? Promise.resolve(), words.done)} />
)

export const PersonPicker = ({ room, id, onClose }: Props & { id: string }): JSX.Element | null => {
  const person = room.agents.get(id)
  if (person === undefined) return null
  const places = room.sas.positions.filter((position) => position.id !== person.position)
  const deeds: Deed[] =
    person.state === 'signed-out'
      ? [{ id: 'sign-in', label: words.signInAt, does: () => api.signIn(id) }]
      : [
          { id: 'ready', label: words.setReady, does: () => api.ready(id) },
          ...room.sas.pauseReasons.map((reason) => ({ id: `pause ${reason}`, label: words.setPause(reason), does: () => api.pause(id, reason) })),
          ...places.map((place) => ({ id: `move ${place.id}`, label: words.moveTo(place.label), does: () => api.move(id, place.id) })),
          { id: 'sign-out', label: words.dismissPost, does: () => api.signOut(id) },
        ]
  return <Deeds title={words.personActions(id)} deeds={deeds} onClose={onClose} />
}

export const CallDialog = ({ room, id, onClose }: Props & { id: string }): JSX.Element => {
  const call = room.calls.get(id)
  const story = room.stories.get(id) ?? []
  const names = { queue: (queue: string) => queueLabel(room, queue), agent: (id: string) => neighbourLabel(room, id), duration: spelled }
  const told = story.flatMap((fact) => {
    const text = sentence(fact, names)
    return text === null ? [] : [{ at: fact.at, text }]
  })
  const first = story.at(0)?.at ?? 0
  return (
    <Dialog title={words.callActions} onClose={onClose} class="call-dialog">
      {call !== undefined && (
        <p class="row">
          <Badge of={call.priority ?? call.class} /> <b>{call.caller == null ? call.number : telephone(call.caller)}</b> <span>{situationLabels[call.situation]}</span> <Since from={call.asOf - call.sinceArrivalMs} />
        </p>
      )}
      {call !== undefined && <CallDeeds room={room} id={id} onClose={onClose} />}
      <h3>{words.why}</h3>
      {told.length === 0 && <p class="faint">{words.noStory}</p>}
      <ol class="story">
        {told.map(({ at, text }, index) => (
          <li key={index}>
            <time>{clockSeconds(at)}</time> <time class="faint">+{counted(at - first)}</time> {text}
          </li>
        ))}
      </ol>
    </Dialog>
  )
}

const CallDeeds = ({ room, id, onClose }: Props & { id: string }): JSX.Element => {
  const [open, setOpen] = useState<'transfer' | 'move' | null>(null)
  const call = room.calls.get(id)
  const holder = call?.with[0]?.agent
  const you = room.you.agent
  const isAlone = call?.situation === 'waiting' || call?.situation === 'ringing'
  const filieres = room.sas.positions.filter((position) => position.id !== N1)
  return (
    <p class="row">
      {holder !== undefined && <Action label={webLabels.call.transfer} onPress={() => setOpen('transfer')} />}
      {call !== undefined && isAlone && <Action label={words.move} onPress={() => setOpen('move')} />}
      {you !== null && holder !== undefined && (['listen', 'whisper', 'join'] as const).map((mode) => <Action key={mode} label={words.listen[mode]} onPress={() => void run(api.listen(id, you, mode), words.done).then((done) => done && onClose())} />)}
      {open === 'transfer' && holder !== undefined && (
        <Deeds title={webLabels.call.transferTo} deeds={filieres.map((place) => ({ id: place.id, label: words.transferTo(place.label), does: () => api.transfer(id, holder, place.id, 'direct') }))} onClose={() => setOpen(null)} />
      )}
      {open === 'move' && (
        <Deeds title={words.move} deeds={room.sas.positions.map((place) => ({ id: place.id, label: words.waitAt(place.label), does: () => api.moveCall(id, place.id, room.you.id) }))} onClose={() => setOpen(null)} />
      )}
    </p>
  )
}

interface Planned {
  readonly kind: OverrideKind
  readonly target: string
  readonly label: string
}

/** What is to be set aside, then until when; or an end to what was. @param aid of the help among neighbours; else of hours and numbers */
export const OverrideDialog = ({ room, aid, onClose }: Props & { aid: boolean }): JSX.Element => {
  const [planned, setPlanned] = useState<Planned | null>(null)
  const by = room.you.id
  if (planned !== null)
    return (
      <Deeds
        title={`${planned.label} – ${words.howLong}`}
        deeds={words.durations.map(([minutes, label]) => ({ id: String(minutes), label, hint: words.until(clockTime(now.value + minutes * 60_000)), does: () => api.override(planned.kind, planned.target, Math.round(now.value) + minutes * 60_000, by) }))}
        onClose={onClose}
      />
    )
  const places = room.sas.positions.filter(({ id }) => id !== N1)
  const isOpen = (position: string): boolean => room.supervision?.queues.some(({ queue, open }) => open && room.queues.get(queue)?.position === position) ?? true
  const isGiving = (rule: string): boolean => room.supervision?.giving.some((one) => one.rule === rule && one.since !== null) ?? false
  const isAid = (target: string): boolean => [...room.sas.giving, ...room.sas.neighbours].some(({ id }) => id === target)
  const ofHours: Planned[] = [
    ...places.map(({ id, label }) => (isOpen(id) ? { kind: 'close' as const, target: id, label: words.doClose(label) } : { kind: 'open' as const, target: id, label: words.doOpen(label) })),
    ...room.sas.entries.map(({ trunk, number }) => ({ kind: 'to-n1' as const, target: `${trunk}/${number}`, label: words.doToN1(`${number} (${trunk})`) })),
  ]
  const ofAid: Planned[] = [
    ...room.sas.giving.filter(({ id }) => !isGiving(id)).map(({ id, label }) => ({ kind: 'give' as const, target: id, label: words.doGive(label) })),
    // Before it begins by itself, too.
    ...room.sas.giving.map(({ id, label }) => ({ kind: 'keep' as const, target: id, label: words.doKeep(label) })),
    ...room.sas.neighbours.map(({ id, label }) => ({ kind: 'refuse' as const, target: id, label: words.doRefuse(label) })),
  ]
  const plans = aid ? ofAid : ofHours
  const overrides = room.supervision?.overrides.filter(({ target }) => isAid(target) === aid) ?? []
  const ends = overrides.map(({ target, kind, until }) => ({ id: `end ${target}`, label: words.end(targetLabel(room, target), words.kinds[kind]), hint: words.until(clockTime(until)) }))
  return (
    <Picker
      title={aid ? words.changeAid1 : words.change1}
      // Ends last: Enter out of habit asks another question, and ends nothing.
      choices={[...plans.map(({ kind, target, label }) => ({ id: `${kind} ${target}`, label })), ...ends]}
      stays
      onClose={onClose}
      onChoose={({ choice }) => {
        const plan = plans.find(({ kind, target }) => choice.id === `${kind} ${target}`)
        if (plan) return setPlanned(plan)
        void run(api.endOverride(choice.id.slice('end '.length), by), words.done)
        onClose()
      }}
    />
  )
}
