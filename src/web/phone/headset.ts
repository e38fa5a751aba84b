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
  #opening: Promise<void> | null = null
  /** The microphone is another, or gone: a call goes on with `track()`. */
  onMicrophone: () => void = () => undefined

  constructor() {
    this.#earpiece.autoplay = true
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.#changed())
  }

  /** Asks for the microphone. Never rejects: `trouble` says why there is none. */
  async open(): Promise<void> {
    if (this.#microphone?.active) return
    this.#opening ??= this.#open().finally(() => (this.#opening = null))
    await this.#opening
  }

  async #open(): Promise<void> {
    const { value: deviceId } = this.input
    const wanted = (audio: MediaTrackConstraints): Promise<MediaStream> => navigator.mediaDevices.getUserMedia({ audio })
    const usual = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
    try {
      // What was chosen may have been unplugged.
      this.#microphone = await wanted(deviceId === '' ? usual : { ...usual, deviceId: { exact: deviceId } }).catch(() => wanted(usual))
      this.trouble.value = null
      // Pulled out, or taken away by the system: a call sends silence until there is another.
      for (const track of this.#microphone.getTracks()) track.addEventListener('ended', () => void this.#changed())
    } catch (error) {
      this.trouble.value = error instanceof DOMException && error.name === 'NotAllowedError' ? 'denied' : 'none'
    }
    await this.#list()
    await this.#route()
  }

  close(): void {
    for (const track of this.#microphone?.getTracks() ?? []) track.stop()
    this.#microphone = null
    this.trouble.value = null
    this.silence()
  }

  /** For one call, which stops it at its end. */
  async stream(): Promise<MediaStream> {
    if (!this.#microphone?.active) await this.open()
    return new MediaStream([this.track()])
  }

  /** Of its own for whoever asks. Without a microphone it is silence: the caller is heard all the same. */
  track(): MediaStreamTrack {
    const living = this.#microphone?.getAudioTracks().find(({ readyState }) => readyState === 'live')
    return living?.clone() ?? quiet()
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
    if (this.trouble.value !== null || this.#microphone?.active === false) {
      this.onMicrophone()
      await this.open()
      this.onMicrophone()
    }
    await this.#list()
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

let silent: { readonly context: AudioContext; readonly track: MediaStreamTrack } | null = null

/**
 * A track that sends silence. One with no source, or whose device is gone, sends no sound at all, and only the browser's checks of its path
 * would tell Asterisk that somebody is there (measured).
 */
const quiet = (): MediaStreamTrack => {
  silent ??= makeSilence()
  void silent.context.resume()
  return silent.track.clone()
}

const makeSilence = (): { context: AudioContext; track: MediaStreamTrack } => {
  const context = new AudioContext()
  const source = new ConstantSourceNode(context, { offset: 0 })
  const end = context.createMediaStreamDestination()
  source.connect(end)
  source.start()
  return { context, track: end.stream.getAudioTracks()[0] as MediaStreamTrack }
}
