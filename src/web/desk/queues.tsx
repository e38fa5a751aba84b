/** The queues of one's own level, their callers to choose from, callers due for a word, and those one parked. */
import type { JSX, TargetedKeyboardEvent } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { webLabels } from '../../messages.fr.js'
import { pickReasons } from '../../routing/events.js'
import { N1 } from '../../routing/rules.js'
import { Action, Badge, Picker, Since, Until } from '../parts/controls.js'
import { positionLabel, queueLabel, telephone } from '../parts/words.js'
import type { SeenCall } from '../state/messages.js'
import { levels, queuesAt, recheckDue, startOfWait, waitingIn, type AsOf, type Room } from '../state/room.js'
import { api, myself, run } from '../workplace.js'

const words = webLabels.queues

export const Queues = ({ room }: { room: Room }): JSX.Element => {
  const list = useRef<HTMLDivElement>(null)
  const [asking, setAsking] = useState<AsOf<SeenCall> | null>(null)
  const me = myself.value
  const position = me?.awayFrom ?? me?.position ?? N1
  const queues = queuesAt(room, position)
  const waiting = waitingIn(room, queues)
  const mine = [...room.calls.values()].filter(({ parked }) => parked?.by === me?.id)
  const rechecks = me?.roles.includes('ARM') === true && position === N1 ? recheckDue(room) : []

  const pick = async (call: AsOf<SeenCall>): Promise<void> => {
    if (me === null) return
    const first = waiting.find(({ situation, queue }) => situation === 'waiting' && queue === call.queue)
    const free = call.parked?.by === me.id || call.recheckDue || (call.parked === null && call.id === first?.id)
    if (free) await run(api.pick(call.id, me.id))
    else setAsking(call)
  }

  return (
    <aside class="queues" aria-label={words.title}>
      <h2>{positionLabel(room, position)}</h2>
      <ul class="counts">
        {queues.map((queue) => (
          <li key={queue.id} class={queue.waiting + queue.ringing > 0 ? 'some' : ''}>
            <span>{queues.length > 1 ? queueLabel(room, queue.id).split(' · ').at(-1) : words.waiting}</span>
            <b>{queue.waiting + queue.ringing}</b>
            <small>{queue.oldestWaitMs === null ? webLabels.nothing : <Since from={queue.asOf - queue.oldestWaitMs} />}</small>
            <small>{words.free(queue.free)}</small>
          </li>
        ))}
      </ul>
      <div class="row">
        <Action kind="quiet" class="small" label={words.goTo} hotkey="a" disabled={waiting.length + mine.length + rechecks.length === 0} onPress={() => list.current?.querySelector('button')?.focus()} />
      </div>
      <div ref={list} class="lists" onKeyDown={arrows}>
        {mine.length > 0 && <Callers title={words.mine} room={room} calls={mine} onPick={pick} />}
        {rechecks.length > 0 && <Callers title={words.rechecks} room={room} calls={rechecks} onPick={pick} />}
        <Callers title={words.list} room={room} calls={waiting.filter((call) => !mine.includes(call))} onPick={pick} />
      </div>
      <section class="elsewhere">
        <h3>{words.elsewhere}</h3>
        <ul>
          {levels(room)
            .filter((level) => level.position !== position)
            .map((level) => (
              <li key={level.position}>
                <span>{level.label}</span>
                <b>{words.waitingCount(level.waiting)}</b>
                <small>
                  {words.free(level.free)}
                  {level.oldestSince !== null && (
                    <>
                      {' '}
                      · {words.oldest} <Since from={level.oldestSince} />
                    </>
                  )}
                </small>
              </li>
            ))}
        </ul>
      </section>
      {asking !== null && me !== null && (
        <Picker
          title={words.pickReason}
          hint={words.pickReasonHint}
          choices={pickReasons.map((id) => ({ id, label: words.pickReasons[id] }))}
          typed={(text) => (text.length < 3 ? null : { id: text.slice(0, 80), label: text })}
          onClose={() => setAsking(null)}
          onChoose={({ choice }) => void run(api.pick(asking.id, me.id, choice.id))}
        />
      )}
    </aside>
  )
}

/** Up and down go from one caller to the next. */
const arrows = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0) return
  const buttons = [...event.currentTarget.querySelectorAll('button')]
  const at = buttons.findIndex((button) => button === document.activeElement)
  buttons.at((at + step + buttons.length) % buttons.length)?.focus()
  event.preventDefault()
}

interface CallersProps {
  readonly title: string
  readonly room: Room
  readonly calls: readonly AsOf<SeenCall>[]
  readonly onPick: (call: AsOf<SeenCall>) => Promise<void>
}

const Callers = ({ title, room, calls, onPick }: CallersProps): JSX.Element => (
  <section>
    <h3>{title}</h3>
    {calls.length === 0 && <p class="faint">{words.nobody}</p>}
    <ul>
      {calls.map((call) => (
        <li key={call.id}>
          <button type="button" class={`caller-row ${call.situation}`} onClick={() => void onPick(call)} disabled={call.situation === 'ringing'} title={words.pick}>
            <Badge of={call.priority ?? call.class} />
            <span class="who">{call.callerName ?? (call.caller == null ? call.number : telephone(call.caller))}</span>
            <Since from={startOfWait(call)} />
            <small>
              {call.parked !== null && (
                <>
                  {words.parkedBy(call.parked.by)} · {words.left} <Until to={call.parked.until} />
                </>
              )}
              {call.situation === 'ringing' && words.ringingAt(call.ringing.join(', '))}
              {call.parked === null && call.situation !== 'ringing' && call.queue !== null && queueLabel(room, call.queue)}
            </small>
          </button>
        </li>
      ))}
    </ul>
  </section>
)
