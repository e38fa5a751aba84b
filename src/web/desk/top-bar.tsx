/** Who works here, in which state, and whether engine and phone are reached. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { webLabels } from '../../messages.fr.js'
import type { AgentView } from '../../status/room-view.js'
import { Action, Chip, Dialog, Picker, Since, Until } from '../parts/controls.js'
import { EngineChip, ThemeSwitch } from '../parts/surroundings.js'
import { clockTime, positionLabel, stateLabel } from '../parts/words.js'
import { supervises, type Room } from '../state/room.js'
import { api, myself, now, phone, run, session } from '../workplace.js'

const words = webLabels.top

const phoneWords = { none: ['off', 'none'], connecting: ['wait', 'connecting'], registered: ['good', 'registered'], lost: ['bad', 'lost'], refused: ['bad', 'refused'] } as const

export const TopBar = ({ room, onHelp, onSettings }: { room: Room; onHelp: () => void; onSettings: () => void }): JSX.Element => {
  const [open, setOpen] = useState<'pause' | 'move' | 'sign-out' | null>(null)
  const close = (): void => setOpen(null)
  const me = myself.value
  const [tone, word] = phoneWords[phone.registration.value]
  return (
    <header class="top">
      <a class="skip" href="#content">
        {webLabels.skip}
      </a>
      <div class="who">
        <b>{room.you.id}</b>
        <span>
          {me !== null && `${me.roles.join(', ')} · ${positionLabel(room, me.position)}`}
        </span>
      </div>
      {me !== null && (
        <div class={`state ${me.state}`} role="status">
          <b>{stateLabel(me)}</b>
          {(me.state === 'wrap-up' || me.state === 'aside') && me.until !== null ? (
            <span>
              {words.readyIn} <Until to={me.until} />
            </span>
          ) : (
            <Since from={me.asOf - me.sinceMs} />
          )}
          {me.afterCall !== null && <em>{me.afterCall === 'pause' ? words.afterPause : words.afterSignOut}</em>}
        </div>
      )}
      <div class="row">
        {me !== null && me.state === 'signed-out' && <Action kind="good" label={words.takePost} hotkey="v" onPress={() => void run(api.signIn(me.id))} />}
        {me !== null && me.state !== 'signed-out' && (
          <>
            <Action label={words.ready} hotkey="v" kind="good" disabled={!mayBeReady(me)} onPress={() => void run(api.ready(me.id))} />
            <Action label={words.pause} hotkey="p" disabled={me.state === 'paused'} onPress={() => setOpen('pause')} />
            <Action label={words.move} hotkey="x" onPress={() => setOpen('move')} />
          </>
        )}
      </div>
      <time class="clock">{clockTime(now.value)}</time>
      <div class="second">
        <EngineChip />
        <Chip name={webLabels.link.phone} text={webLabels.link[word]} tone={tone} />
        <nav class="row tools" aria-label={webLabels.title}>
          {supervises(room.you) && (
            <a class="action quiet" href="/mur" target="_blank">
              {words.wall}
            </a>
          )}
          <Action kind="quiet" label={words.settings} hotkey="c" onPress={onSettings} />
          <Action kind="quiet" label={words.help} hotkey="?" onPress={onHelp} />
          <ThemeSwitch />
          <Action kind="quiet" label={words.signOut} onPress={() => setOpen('sign-out')} />
        </nav>
      </div>
      {me !== null && open === 'pause' && (
        <Picker title={webLabels.pause.title} choices={room.sas.pauseReasons.map((reason) => ({ id: reason, label: reason }))} onClose={close} onChoose={({ choice }) => void run(api.pause(me.id, choice.id))} />
      )}
      {me !== null && open === 'move' && (
        <Picker
          title={webLabels.move.title}
          choices={room.sas.positions.filter(({ id }) => id !== me.position)}
          onClose={close}
          onChoose={({ choice }) => void run(api.move(me.id, choice.id))}
        />
      )}
      {open === 'sign-out' && (
        <Dialog title={words.confirmSignOut} onClose={close}>
          {me?.state === 'talking' && <p>{words.confirmSignOutOnCall}</p>}
          <p class="row">
            <Action kind="strong" label={words.signOut} onPress={() => void leave(me?.id ?? null).finally(close)} />
          </p>
        </Dialog>
      )}
    </header>
  )
}

/** Ends a pause, a wrap-up, being set aside, or what was to follow the call. */
const mayBeReady = ({ state, afterCall }: AgentView): boolean => state === 'paused' || state === 'aside' || state === 'wrap-up' || afterCall !== null

/** Leaves the post first: the session may not do it any more afterwards. During a call the page stays until it is over. */
const leave = async (agent: string | null): Promise<void> => {
  const onCall = phone.call.value !== null
  if (agent !== null && !(await run(api.signOut(agent)))) return
  if (onCall) return
  await phone.stop()
  await session.signOut()
}
