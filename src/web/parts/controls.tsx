/** Buttons with their key, times that count, lists to choose from. */
import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useId, useRef, useState } from 'preact/hooks'
import { webLabels as words } from '../../messages.fr.js'
import { now } from '../workplace.js'
import { useKey } from './keys.js'
import { counted } from './words.js'

interface ActionProps {
  readonly label: string
  /** As `nameOf` names it. */
  readonly hotkey?: string
  readonly onPress: () => void
  readonly disabled?: boolean
  readonly pressed?: boolean
  readonly kind?: 'plain' | 'good' | 'bad' | 'strong' | 'quiet'
  readonly class?: string
  readonly hint?: string
}

export const keyCap = (name: string): string => (name.length === 1 ? name.toUpperCase() : name.replace(/\+(.)$/, (_, letter: string) => `+${letter.toUpperCase()}`))

export const Action = ({ label, hotkey, onPress, disabled = false, pressed, kind = 'plain', class: extra = '', hint }: ActionProps): JSX.Element => {
  useKey(disabled ? null : hotkey, onPress)
  return (
    <button
      type="button"
      class={`action ${kind} ${extra}`}
      disabled={disabled}
      onClick={onPress}
      title={hint}
      {...(hotkey !== undefined && { 'aria-keyshortcuts': keyCap(hotkey).replace('Maj', 'Shift') })}
      {...(pressed !== undefined && { 'aria-pressed': pressed })}
    >
      <span>{label}</span>
      {hotkey !== undefined && <kbd aria-hidden="true">{keyCap(hotkey)}</kbd>}
    </button>
  )
}

/** Time since a moment of the engine's clock, counting. */
export const Since = ({ from, class: extra }: { from: number; class?: string }): JSX.Element => (
  <time class={`counting ${extra ?? ''}`}>{counted(now.value - from)}</time>
)

/** Time until a moment, counting down to zero. */
export const Until = ({ to }: { to: number }): JSX.Element => <time class="counting">{counted(Math.ceil((to - now.value) / 1000) * 1000)}</time>

/** @param presumed from the number that was dialled: nobody has sorted the call yet */
export const Badge = ({ of, presumed = false }: { of: string; presumed?: boolean }): JSX.Element => <span class={`badge class-${of.toLowerCase()} ${presumed ? 'presumed' : ''}`}>{of}</span>

/** A dialog over the page; Escape and a click beside it close it. */
export const Dialog = ({ title, onClose, children, class: extra = '' }: { title: string; onClose: () => void; children: ComponentChildren; class?: string }): JSX.Element => {
  const ref = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useLayoutEffect(() => {
    const before = document.activeElement
    ref.current?.showModal()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog ref={ref} class={extra} aria-labelledby={heading} onClose={onClose} onClick={({ target }) => target === ref.current && onClose()}>
      <header>
        <h2 id={heading}>{title}</h2>
        <button type="button" class="action quiet" onClick={onClose}>
          <span>{words.close}</span>
          <kbd aria-hidden="true">Échap</kbd>
        </button>
      </header>
      <div class="body">{children}</div>
    </dialog>
  )
}

export interface Choice {
  readonly id: string
  readonly label: string
  readonly hint?: string
}

export interface Chosen {
  readonly choice: Choice
  readonly shift: boolean
  readonly ctrl: boolean
}

interface PickerProps {
  readonly title: string
  readonly choices: readonly Choice[]
  readonly hint?: string
  /** What typed words stand for, besides what they find. */
  readonly typed?: (text: string) => Choice | null
  readonly onChoose: (chosen: Chosen) => void
  readonly onClose: () => void
  /** Another list follows: the choice does not close this one. */
  readonly stays?: boolean
}

const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** Choices that hold every word typed, those that begin with it first. */
export const matching = (choices: readonly Choice[], typed: string): Choice[] => {
  const parts = plain(typed).split(/\s+/).filter((part) => part !== '')
  const found = choices.filter(({ label, id }) => parts.every((part) => plain(`${label} ${id}`).includes(part)))
  const begins = ({ label }: Choice): number => (parts[0] !== undefined && plain(label).startsWith(parts[0]) ? 0 : 1)
  return found.sort((one, other) => begins(one) - begins(other))
}

/** A list with type-ahead: arrows, Enter, Escape (ARIA combobox with a listbox). */
export const Picker = ({ title, choices, hint, typed, onChoose, onClose, stays = false }: PickerProps): JSX.Element => {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const own = typed?.(text.trim()) ?? null
  const shown = [...matching(choices, text), ...(own === null ? [] : [own])]
  const current = Math.min(at, shown.length - 1)
  const choose = (choice: Choice | undefined, { shiftKey, ctrlKey }: { shiftKey: boolean; ctrlKey: boolean }): void => {
    if (choice === undefined) return
    if (!stays) onClose()
    onChoose({ choice, shift: shiftKey, ctrl: ctrlKey })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt((current + 1) % Math.max(1, shown.length))
    else if (event.key === 'ArrowUp') setAt((current - 1 + shown.length) % Math.max(1, shown.length))
    else if (event.key === 'Enter') choose(shown[current], event)
    else return
    event.preventDefault()
  }
  return (
    <Dialog title={title} onClose={onClose} class="picker">
      <input
        type="text"
        role="combobox"
        autofocus
        aria-label={words.picker.search}
        placeholder={words.picker.search}
        aria-expanded={shown.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        autocomplete="off"
        spellcheck={false}
        {...(current >= 0 && { 'aria-activedescendant': `${list}-${current}` })}
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={list} role="listbox" aria-label={title}>
        {shown.map((choice, index) => (
          <li key={choice.id} id={`${list}-${index}`} role="option" aria-selected={index === current} onClick={(event) => choose(choice, event)} onMouseMove={() => setAt(index)}>
            <span>{choice.label}</span>
            {choice.hint !== undefined && <small>{choice.hint}</small>}
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p class="faint">{words.picker.none}</p>}
      {hint !== undefined && <p class="hint">{hint}</p>}
    </Dialog>
  )
}

/** A level between 0 and 1, on a scale that the ear has: 50 dB from left to right. */
export const Level = ({ label, value }: { label: string; value: number }): JSX.Element => {
  const share = value <= 0 ? 0 : Math.max(0, Math.min(1, 1 + (20 * Math.log10(value)) / 50))
  return (
    <label class="level">
      <span>{label}</span>
      <meter min={0} max={1} high={0.95} value={share} />
    </label>
  )
}

/** A state in words, with a sign and a colour of its own. */
export const Chip = ({ name, text, tone }: { name: string; text: string; tone: 'good' | 'wait' | 'bad' | 'off' }): JSX.Element => (
  <span class={`chip ${tone}`}>
    <span class="sign" aria-hidden="true">
      {{ good: '●', wait: '◐', bad: '✕', off: '○' }[tone]}
    </span>
    <span class="name">{name}</span> <b>{text}</b>
  </span>
)
