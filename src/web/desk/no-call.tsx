import type { JSX } from 'preact'
import { webLabels as words } from '../../messages.fr.js'
import type { AgentView } from '../../status/room-view.js'
import { useState } from 'preact/hooks'
import { Action, Until } from '../parts/controls.js'
import { stateLabel } from '../parts/words.js'
import type { AsOf, Room } from '../state/room.js'
import { callOut, run } from '../workplace.js'
import { Outside } from './outside.js'

/** Nothing to do: what comes next, in one line. */
export const NoCall = ({ room, me }: { room: Room; me: AsOf<AgentView> | null }): JSX.Element => (
  <div class="no-call">
    <h1>{words.call.none}</h1>
    <p>
      {me?.state === 'ready' && words.call.noneHint}
      {me?.state === 'wrap-up' && me.until !== null && (
        <>
          {stateLabel(me)} · {words.top.ready} <Until to={me.until} />
        </>
      )}
      {(me === null || me.state === 'paused' || me.state === 'aside' || me.state === 'signed-out') && words.call.notReady}
    </p>
    {me !== null && me.state !== 'signed-out' && <CallOut room={room} me={me} />}
  </div>
)

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
