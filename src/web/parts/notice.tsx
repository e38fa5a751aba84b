import type { JSX } from 'preact'
import { notice } from '../workplace.js'

/** What was just done or refused; read aloud. */
export const Notice = (): JSX.Element => (
  <div class="notices">
    <div role="status" aria-live="polite">
      {notice.value?.bad === false && <p class="notice good">{notice.value.text}</p>}
    </div>
    <div role="alert">{notice.value?.bad === true && <p class="notice bad">{notice.value.text}</p>}</div>
  </div>
)
