/**
 * One-key shortcuts. They act only while nobody types in a field and no list is open, they can be switched off
 * (WCAG 2.1.4), and a key held down acts once. F2 is no character: it picks up wherever one is.
 */
import { signal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'

const stored = 'decroche.keys'
export const oneKey = signal(localStorage.getItem(stored) !== 'off')
export const allowOneKey = (on: boolean): void => {
  oneKey.value = on
  localStorage.setItem(stored, on ? 'on' : 'off')
}

const actions = new Map<string, () => void>()

/** `d`, `Maj+r`, `1`, `?`, `F2`. Digits are taken from the row above the letters, whatever its layout, and from the number pad. */
export const nameOf = ({ key, code, shiftKey }: Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey'>): string => {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(code)?.[1]
  if (digit !== undefined && !shiftKey) return digit
  if (/^[a-zà-ü]$/i.test(key)) return shiftKey ? `Maj+${key.toLowerCase()}` : key.toLowerCase()
  return key
}

const isTyping = (target: EventTarget | null): boolean => target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))

/** Listens for as long as the page lives. */
export const listenToKeys = (): void =>
  window.addEventListener('keydown', (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return
    const name = nameOf(event)
    const action = actions.get(name)
    if (action === undefined) return
    const anywhere = /^F[0-9]+$/.test(name)
    if (!anywhere && (!oneKey.value || isTyping(event.target) || document.querySelector('dialog[open]') !== null)) return
    event.preventDefault()
    action()
  })

/** The key does this while the component is shown; null for none. */
export const useKey = (name: string | null | undefined, action: () => void): void => {
  const latest = useRef(action)
  latest.current = action
  useLayoutEffect(() => {
    if (name == null) return
    const act = (): void => latest.current()
    actions.set(name, act)
    return () => {
      if (actions.get(name) === act) actions.delete(name)
    }
  }, [name])
}
