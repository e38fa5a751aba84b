/** The sign-in page: account and password, or the identity provider's button. */
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { webLabels } from '../messages.fr.js'
import { Refused } from './api/answer.js'
import type { SignInMethods } from './api/session.js'
import { session } from './workplace.js'

const words = webLabels.signIn

export const SignIn = (): JSX.Element => {
  const [methods, setMethods] = useState<SignInMethods | null>(null)
  const [trouble, setTrouble] = useState(troubleOf(new URLSearchParams(location.search).get('connexion')))
  const [trying, setTrying] = useState(false)
  const told = (error: unknown): void => setTrouble(error instanceof Refused ? error.message : webLabels.unreachable)
  useEffect(() => void session.methods().then(setMethods, told), [])

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const given = new FormData(event.currentTarget as HTMLFormElement)
    setTrying(true)
    setTrouble(null)
    await session.signIn(String(given.get('account')), String(given.get('password'))).catch(told)
    setTrying(false)
  }

  return (
    <main class="centred">
      <section class="card narrow sign-in">
        <h1>
          {webLabels.title} <small>{words.title}</small>
        </h1>
        {session.expired.value && trouble === null && (
          <p class="notice wait" role="status">
            {words.expired}
          </p>
        )}
        <div role="alert">{trouble !== null && <p class="notice bad">{trouble}</p>}</div>
        {methods !== null && !methods.local && methods.oidc === null && <p>{words.off}</p>}
        {methods?.local !== false && (
          <form onSubmit={(event) => void submit(event)}>
            <label>
              {words.account}
              <input name="account" autocomplete="username" autocapitalize="none" spellcheck={false} required autofocus />
            </label>
            <label>
              {words.password}
              <input name="password" type="password" autocomplete="current-password" required />
            </label>
            <button class="action strong" disabled={trying}>
              {trying ? words.trying : words.go}
            </button>
          </form>
        )}
        {methods?.oidc != null && (
          <>
            {methods.local && <p class="or">{words.or}</p>}
            <a class="action" href={methods.oidc.start}>
              {words.with(methods.oidc.label)}
            </a>
          </>
        )}
      </section>
    </main>
  )
}

/** How a sign-in at the identity provider went wrong, as the engine says in the address it sends the browser back to. */
const troubleOf = (outcome: string | null): string | null => (outcome === 'refusee' ? words.refused : outcome === 'indisponible' ? words.unavailable : null)
