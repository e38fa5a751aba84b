/** A caller rings: who, why here, since when, and the key that picks up. */
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { webLabels } from '../../messages.fr.js'
import type { Fact } from '../../routing/facts.js'
import { Action, Badge, Since } from '../parts/controls.js'
import { useKey } from '../parts/keys.js'
import { directoryLabel, queueLabel, telephone } from '../parts/words.js'
import type { SeenCall } from '../state/messages.js'
import { startOfWait, type AsOf, type Room } from '../state/room.js'
import { myself, phone, placed } from '../workplace.js'

const words = webLabels.call

export const Ringing = ({ room, call }: { room: Room; call: AsOf<SeenCall> | null }): JSX.Element => {
  const rings = phone.call.value
  // From a field too, where letters are typed.
  useKey('F2', () => void phone.answer())
  const number = call?.caller ?? rings?.from ?? ''
  const isMine = call !== null && call.outgoing !== null && call.pickedUpAt === null
  // Whoever asked for it here has nothing to decide; asked for by somebody else, it rings.
  const isAsked = isMine && call.id === placed.value
  useEffect(() => {
    if (isAsked && rings?.phase === 'ringing') void phone.answer()
  }, [isAsked, rings?.phase])
  return (
    <div class="ring" role="alert" aria-label={words.ringing}>
      <p class="why">
        <b>{reasonOf(room, call)}</b>
        {call !== null && !isMine && <Badge of={call.priority ?? call.class} />}
        {call?.queue != null && !isMine && <span>{queueLabel(room, call.queue)}</span>}
      </p>
      <p class="number">{number === '' ? words.hidden : telephone(number)}</p>
      {isMine && <p class="faint">{directoryLabel(room, call.outgoing?.entry ?? null)}</p>}
      {call !== null && !isMine && (
        <p class="faint">
          {words.dialled} <b>{call.number}</b> · {words.waited}{' '}
          <span aria-hidden="true">
            <Since from={startOfWait(call)} class="big" />
          </span>
        </p>
      )}
      {rings === null ? (
        <p>{words.deskRings}</p>
      ) : (
        <p class="row">
          <Action class="answer" kind="good" label={rings.phase === 'answering' ? words.answering : words.answer} hotkey="d" disabled={rings.phase !== 'ringing'} onPress={() => void phone.answer()} />
        </p>
      )}
    </div>
  )
}

const reasonOf = (room: Room, call: AsOf<SeenCall> | null): string => {
  if (call?.situation === 'talking' && myself.value !== null && call.listeners.includes(myself.value.id)) return words.reason.listen
  const story = call === null ? undefined : room.stories.get(call.id)
  const offer = story?.findLast((fact): fact is Extract<Fact, { type: 'offered' }> => fact.type === 'offered')
  const rule = offer?.why.rule ?? 'arrival'
  if ((rule === 'longest-idle' || rule === 'ring-all') && call?.pickedUpAt != null) return words.reason.transfer
  return words.reason[rule]
}
