/** The workstation: who I am, the call, the queues. */
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { webLabels as words } from '../../messages.fr.js'
import { positionLabel, whatBecame } from '../parts/words.js'
import { Ringer } from '../phone/ringer.js'
import type { Room } from '../state/room.js'
import { headset, lineLost, link, myCall, myself, phone, room } from '../workplace.js'
import { CallCard } from './call-card.js'
import { Help } from './help.js'
import { NoCall } from './no-call.js'
import { Queues } from './queues.js'
import { Ringing } from './ringing.js'
import { Settings } from './settings.js'
import { TopBar } from './top-bar.js'

const ringer = new Ringer()

export const Desk = ({ room }: { room: Room }): JSX.Element => {
  const [open, setOpen] = useState<'help' | 'settings' | null>(null)
  useEffect(() => void phone.start(), [])
  useRing()
  useWarningOnLeaving()
  useTitle()

  const me = myself.value
  const call = myCall.value
  const line = phone.call.value?.phase
  // A supervisor counts as talking from the moment on in which their phone rings.
  const ringing = line === 'ringing' || line === 'answering' || me?.state === 'offered'
  const talking = !ringing && me?.state === 'talking' && call !== null
  return (
    <div class="desk">
      <TopBar room={room} onHelp={() => setOpen('help')} onSettings={() => setOpen('settings')} />
      <Troubles />
      {me?.awayFrom != null && <RoleChanged room={room} to={me.position} back={me.awayFrom} />}
      <main id="content">
        <section class="call-area" aria-label={words.top.desk}>
          {talking ? <CallCard room={room} call={call} me={me} /> : ringing ? <Ringing room={room} call={call} /> : <NoCall room={room} me={me} />}
        </section>
        <Queues room={room} />
      </main>
      {open === 'help' && <Help onClose={() => setOpen(null)} />}
      {open === 'settings' && <Settings onClose={() => setOpen(null)} />}
    </div>
  )
}

/** What keeps this post from working, each in words, for as long as it does. */
const Troubles = (): JSX.Element => {
  const registration = phone.registration.value
  const lost = lineLost.value
  const found: (string | false)[] = [
    lost !== null && room.value !== null && words.link.lineLost(whatBecame(room.value, lost)),
    link.value !== 'up' && words.link.downLong,
    registration === 'lost' && words.link.phoneLost,
    registration === 'refused' && words.link.phoneRefused,
    headset.trouble.value === 'denied' && words.link.microphoneDenied,
    headset.trouble.value === 'none' && words.link.microphoneNone,
  ]
  return (
    <div class="troubles" role="alert">
      {found.map(
        (text) =>
          text !== false && (
            <p key={text} class="notice bad">
              {text}
            </p>
          ),
      )}
    </div>
  )
}

const RoleChanged = ({ room, to, back }: { room: Room; to: string; back: string }): JSX.Element => (
  <p class="role-changed" role="status">
    {words.call.roleChanged(positionLabel(room, to), positionLabel(room, back))}
  </p>
)

const useRing = (): void => {
  const rings = phone.call.value?.phase === 'ringing'
  useEffect(() => {
    if (!rings) return
    ringer.start(headset.ring.value)
    return () => ringer.stop()
  }, [rings])
}

/** A tab that closes during a call asks first; then the engine cares for the caller. */
const useWarningOnLeaving = (): void => {
  const onCall = phone.call.value !== null
  useEffect(() => {
    if (!onCall) return
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [onCall])
}

const useTitle = (): void => {
  const rings = phone.call.value?.phase === 'ringing'
  useEffect(() => {
    document.title = rings ? `☎ ${words.call.ringing}` : `${words.title} – ${words.top.desk}`
  }, [rings])
}
