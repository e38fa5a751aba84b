/** Which page is shown: sign-in, the workstation (`/`) or the wall (`/mur`). */
import type { JSX } from 'preact'
import { webLabels as words } from '../messages.fr.js'
import { Desk } from './desk/desk.js'
import { Notice } from './parts/notice.js'
import { SignIn } from './sign-in.js'
import { supervises } from './state/room.js'
import { Wall } from './wall/wall.js'
import { barred, room, session } from './workplace.js'

const isWall = location.pathname === '/mur'

export const App = (): JSX.Element => (
  <>
    <Page />
    <Notice />
  </>
)

const Page = (): JSX.Element => {
  const you = session.you.value
  if (you === undefined) return <Centred>{words.signIn.trying}</Centred>
  if (you === null) return <SignIn />
  const onWall = supervises(you)
  if (barred.value !== null || (isWall && !onWall)) return <Refused text={words.barred.wall} href={you.agent === null ? null : '/'} link={words.barred.toDesk} />
  if (!isWall && you.agent === null) return <Refused text={words.barred.desk} href={onWall ? '/mur' : null} link={words.barred.toWall} />
  if (room.value === null) return <Centred>{words.signIn.trying}</Centred>
  return isWall ? <Wall room={room.value} /> : <Desk room={room.value} />
}

const Centred = ({ children }: { children: string }): JSX.Element => (
  <main class="centred">
    <p role="status">{children}</p>
  </main>
)

const Refused = ({ text, href, link }: { text: string; href: string | null; link: string }): JSX.Element => (
  <main class="centred">
    <section class="card narrow">
      <h1>{words.barred.title}</h1>
      <p>{text}</p>
      <p class="row">
        {href !== null && (
          <a class="action strong" href={href}>
            {link}
          </a>
        )}
        <button type="button" class="action" onClick={() => void session.signOut()}>
          {words.top.signOut}
        </button>
      </p>
    </section>
  </main>
)
