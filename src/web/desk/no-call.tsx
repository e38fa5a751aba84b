import type { JSX } from 'preact'
import { webLabels as words } from '../../messages.fr.js'
import type { AgentView } from '../../status/room-view.js'
import { Until } from '../parts/controls.js'
import { stateLabel } from '../parts/words.js'
import type { AsOf, Room } from '../state/room.js'

/** Nothing to do: what comes next, in one line. */
export const NoCall = ({ me }: { room: Room; me: AsOf<AgentView> | null }): JSX.Element => (
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
  </div>
)
