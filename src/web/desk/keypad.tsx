import type { JSX } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'
import { webLabels } from '../../messages.fr.js'
import { Dialog } from '../parts/controls.js'
import { phone } from '../workplace.js'

const words = webLabels.keypad
const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

/** Sends digits down the line, by mouse or by the keys of the same name. */
export const Keypad = ({ onClose }: { onClose: () => void }): JSX.Element => {
  const [sent, setSent] = useState('')
  const send = (digit: string): void => {
    if (phone.sendDigits(digit)) setSent((before) => before + digit)
  }
  useLayoutEffect(() => {
    const press = ({ key }: KeyboardEvent): void => {
      if (digits.includes(key)) send(key)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
  return (
    <Dialog title={words.title} onClose={onClose} class="keypad">
      <div class="pad">
        {digits.map((digit) => (
          <button key={digit} type="button" class="action" onClick={() => send(digit)}>
            {digit}
          </button>
        ))}
      </div>
      <p class="hint">{words.hint}</p>
      <p role="status">
        {words.sent} : <b>{sent === '' ? webLabels.nothing : sent}</b>
      </p>
    </Dialog>
  )
}
