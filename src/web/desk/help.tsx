import type { JSX } from 'preact'
import { webLabels } from '../../messages.fr.js'
import { Dialog } from '../parts/controls.js'

const words = webLabels.help

export const Help = ({ onClose }: { onClose: () => void }): JSX.Element => (
  <Dialog title={words.title} onClose={onClose} class="help">
    <dl>
      {words.keys.map(([key, what]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
    <p class="hint">{words.typing}</p>
  </Dialog>
)
