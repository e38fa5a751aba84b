import type { JSX } from 'preact'
import { webLabels as words } from '../../messages.fr.js'
import type { AgentView } from '../../status/room-view.js'
import { useState } from 'preact/hooks'
import { Action, Until } from '../parts/controls.js'
import { stateLabel } from '../parts/words.js'
import { queuesAt, waitingIn, type AsOf, type Room } from '../state/room.js'
import { callOut, phone, run } from '../workplace.js'
import { Outside } from './outside.js'

/** Nothing to do: what comes next. Whoever will not be rung sees it at a glance, and who waits meanwhile. */
export const NoCall = ({ room, me }: { room: Room; me: AsOf<AgentView> | null }): JSX.Element => {
  const unready = me === null || me.engaged || me.state === 'paused' || me.state === 'aside' || me.state === 'signed-out'
  const waiting = me === null ? 0 : waitingIn(room, queuesAt(room, me.position)).filter(({ situation }) => situation === 'waiting').length
  return (
    <div class={unready ? 'no-call unready' : 'no-call'}>
      <h1>{unready && me !== null ? stateLabel(me) : words.call.none}</h1>
      {unready && <p>{words.call.notReady}</p>}
      {!unready && me.state === 'ready' && phone.registration.value === 'registered' && <p>{words.call.noneHint}</p>}
      {me !== null && (me.state === 'wrap-up' || me.state === 'aside') && me.until !== null && (
        <p>
          {words.top.readyIn} <Until to={me.until} />
        </p>
      )}
      {unready && waiting > 0 && <p class="meanwhile">{words.call.meanwhile(waiting)}</p>}
      {me !== null && me.state !== 'signed-out' && <CallOut room={room} me={me} />}
    </div>
  )
}

/** One's own phone rings, and is picked up by this page; then theirs. */
const CallOut = ({ room, me }: { room: Room; me: AsOf<AgentView> }): JSX.Element => {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Action label={words.call.callOut} hotkey="i" onPress={() => setOpen(true)} />
      {open && (
        <Outside
          room={room}
          title={words.call.callOutTo}
          hint={words.call.callOutHint}
          onClose={() => setOpen(false)}
          onChoose={({ choice }) => void run(callOut(me.id, choice.id))}
        />
      )}
    </>
  )
}
