/** Whom outside to call: the directory, or a number that is typed. */
import type { JSX } from 'preact'
import { webLabels } from '../../messages.fr.js'
import { Picker, type Choice, type Chosen } from '../parts/controls.js'
import { telephone } from '../parts/words.js'
import type { Room } from '../state/room.js'

interface Props {
  readonly room: Room
  readonly title: string
  readonly hint: string
  readonly onClose: () => void
  readonly onChoose: (chosen: Chosen) => void
}

export const Outside = ({ room, ...said }: Props): JSX.Element => (
  <Picker choices={room.sas.directory.map(({ id, label }) => ({ id, label }))} typed={dialled} {...said} />
)

/** Digits typed into the list are a number to dial. */
const dialled = (text: string): Choice | null => {
  const number = text.replace(/[\s.-]/g, '')
  return /^\+?[0-9]{2,15}$/.test(number) ? { id: number, label: webLabels.call.dial(telephone(number)) } : null
}
