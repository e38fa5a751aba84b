/** Headset, ring, one-key shortcuts: remembered by this browser. */
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { webLabels } from '../../messages.fr.js'
import { Action, Dialog } from '../parts/controls.js'
import { allowOneKey, oneKey } from '../parts/keys.js'
import { Ringer } from '../phone/ringer.js'
import { headset, phone } from '../workplace.js'

const words = webLabels.settings
const trial = new Ringer()
const trialMs = 1_500

export const Settings = ({ onClose }: { onClose: () => void }): JSX.Element => {
  useEffect(() => () => trial.stop(), [])
  const { inputs, outputs } = headset.devices.value
  const choose = (role: 'input' | 'output' | 'ring', id: string): void => void headset.choose(role, id).then(() => (role === 'input' ? phone.changeMicrophone() : undefined))
  const ring = (): void => {
    trial.start(headset.ring.value)
    setTimeout(() => trial.stop(), trialMs)
  }
  return (
    <Dialog title={words.title} onClose={onClose} class="settings">
      <Device label={words.input} devices={inputs} chosen={headset.input.value} onChoose={(id) => choose('input', id)} />
      <Device label={words.output} devices={outputs} chosen={headset.output.value} onChoose={(id) => choose('output', id)} />
      <Device label={words.ring} devices={outputs} chosen={headset.ring.value} onChoose={(id) => choose('ring', id)} />
      <p class="row">
        <Action label={words.test} onPress={ring} />
      </p>
      <label class="check">
        <input type="checkbox" checked={oneKey.value} onChange={({ currentTarget }) => allowOneKey(currentTarget.checked)} />
        {words.oneKey}
      </label>
      <p class="hint">{words.oneKeyHint}</p>
    </Dialog>
  )
}

const Device = ({ label, devices, chosen, onChoose }: { label: string; devices: readonly MediaDeviceInfo[]; chosen: string; onChoose: (id: string) => void }): JSX.Element => (
  <label>
    {label}
    <select value={chosen} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
      <option value="">{words.usual}</option>
      {devices
        .filter(({ deviceId }) => deviceId !== 'default')
        .map(({ deviceId, label: name }) => (
          <option key={deviceId} value={deviceId}>
            {name}
          </option>
        ))}
    </select>
  </label>
)
