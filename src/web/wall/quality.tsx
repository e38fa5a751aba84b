/** Quality of service of the last quarter hour, hour and day, asked for anew every few seconds. */
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Summary } from '../../indicators/summary.js'
import { webLabels } from '../../messages.fr.js'
import { percent } from '../parts/words.js'
import { api } from '../workplace.js'

const words = webLabels.wall
const everyMs = 5_000
const summary = signal<Summary | null>(null)
/** Below this, the figure is shown as bad news; the State asks for 90 % (R-QS-2). */
const wanted = 0.9

export const Quality = ({ answerSeconds }: { answerSeconds: number }): JSX.Element => {
  useEffect(() => {
    const look = (): void => void api.indicators().then((found) => (summary.value = found), () => undefined)
    look()
    const timer = setInterval(look, everyMs)
    return () => clearInterval(timer)
  }, [])
  const windows = summary.value?.windows
  return (
    <section class="tile quality-tile" aria-label={words.quality(answerSeconds)}>
      <h2>{words.quality(answerSeconds)}</h2>
      <ul>
        {(['quarter', 'hour', 'day'] as const).map((name) => {
          const seen = windows?.[name]
          return (
            <li key={name} class={seen?.qs30 != null && seen.qs30 < wanted ? 'low' : ''}>
              <span>{words.windows[name]}</span>
              <b>{percent(seen?.qs30 ?? null)}</b>
              <small>{seen === undefined ? webLabels.nothing : words.answeredOf(seen.answered, seen.presented)}</small>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
