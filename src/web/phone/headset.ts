/**
 * Microphone and earpiece. The microphone is opened once, at sign-in, so that picking up waits for nothing; each call gets a copy
 * of its track. What was chosen is remembered by this browser.
 */
import { signal } from '@preact/signals'

export interface Devices {
  readonly inputs: readonly MediaDeviceInfo[]
  readonly outputs: readonly MediaDeviceInfo[]
}

type Role = 'input' | 'output' | 'ring'
const remembered = (role: Role): string => localStorage.getItem(`decroche.${role}`) ?? ''

export class Headset {
  readonly devices = signal<Devices>({ inputs: [], outputs: [] })
  readonly input = signal(remembered('input'))
  readonly output = signal(remembered('output'))
  /** Where the ring is heard: often not in the headset that hangs on its hook. */
  readonly ring = signal(remembered('ring'))
  /** Why there is no microphone; null while there is one. */
  readonly trouble = signal<'denied' | 'none' | null>(null)
  readonly #earpiece = new Audio()
  #microphone: MediaStream | null = null

  constructor() {
    this.#earpiece.autoplay = true
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.#changed())
  }

  /** Asks for the microphone. Never rejects: `trouble` says why there is none. */
  async open(): Promise<void> {
    if (this.#microphone?.active) return
    const { value: deviceId } = this.input
    const wanted = (audio: MediaTrackConstraints): Promise<MediaStream> => navigator.mediaDevices.getUserMedia({ audio })
    const usual = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
    try {
      // What was chosen may have been unplugged.
      this.#microphone = await wanted(deviceId === '' ? usual : { ...usual, deviceId: { exact: deviceId } }).catch(() => wanted(usual))
      this.trouble.value = null
    } catch (error) {
      this.trouble.value = error instanceof DOMException && error.name === 'NotAllowedError' ? 'denied' : 'none'
    }
    await this.#list()
    await this.#route()
  }

  close(): void {
    for (const track of this.#microphone?.getTracks() ?? []) track.stop()
    this.#microphone = null
    this.silence()
  }

  /** For one call, which stops it at its end. */
  async stream(): Promise<MediaStream> {
    if (!this.#microphone?.active) await this.open()
    // Without a microphone the caller is heard all the same.
    return this.#microphone?.clone() ?? quiet()
  }

  track(): MediaStreamTrack | null {
    return this.#microphone?.getAudioTracks()[0]?.clone() ?? null
  }

  play(stream: MediaStream): void {
    this.#earpiece.srcObject = stream
    void this.#earpiece.play().catch(() => undefined)
  }

  silence(): void {
    this.#earpiece.srcObject = null
  }

  async choose(role: Role, deviceId: string): Promise<void> {
    localStorage.setItem(`decroche.${role}`, deviceId)
    this[role].value = deviceId
    if (role === 'input') {
      for (const track of this.#microphone?.getTracks() ?? []) track.stop()
      this.#microphone = null
      await this.open()
    } else await this.#route()
  }

  async #changed(): Promise<void> {
    await this.#list()
    // A headset that was pulled out ends its track.
    if (this.#microphone !== null && !this.#microphone.active) await this.open()
    await this.#route()
  }

  async #list(): Promise<void> {
    const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? []
    const of = (kind: MediaDeviceKind) => all.filter((device) => device.kind === kind && device.deviceId !== '')
    this.devices.value = { inputs: of('audioinput'), outputs: of('audiooutput') }
  }

  async #route(): Promise<void> {
    // Not every browser lets a page choose where it is heard.
    if (typeof this.#earpiece.setSinkId === 'function') await this.#earpiece.setSinkId(this.output.value).catch(() => undefined)
  }
}

const quiet = (): MediaStream => new AudioContext().createMediaStreamDestination().stream
