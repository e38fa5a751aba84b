/** What every page has: the link to the engine in words, dark or light. */
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { webLabels as words } from '../../messages.fr.js'
import { link } from '../workplace.js'
import { Chip } from './controls.js'

export const EngineChip = (): JSX.Element => (
  <Chip name={words.link.engine} text={words.link[link.value]} tone={({ up: 'good', connecting: 'wait', down: 'bad' } as const)[link.value]} />
)

type Theme = 'auto' | 'light' | 'dark'
const stored = 'decroche.theme'
const themes: readonly Theme[] = ['auto', 'light', 'dark']
const theme = signal<Theme>(themes.find((one) => one === localStorage.getItem(stored)) ?? 'auto')
const show = (): void => void (document.documentElement.dataset['theme'] = theme.value)
show()

export const ThemeSwitch = (): JSX.Element => (
  <label class="theme">
    <span class="unseen">{words.top.theme}</span>
    <select
      value={theme.value}
      onChange={({ currentTarget }) => {
        theme.value = currentTarget.value as Theme
        localStorage.setItem(stored, theme.value)
        show()
      }}
    >
      {themes.map((one) => (
        <option key={one} value={one}>
          {words.top[one]}
        </option>
      ))}
    </select>
  </label>
)
