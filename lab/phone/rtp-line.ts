/** The audio of one call: a UDP socket, a mouth that speaks a steady tone and an ear. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { Ear } from './ear.js'
import { frameSamples, silenceFrame, toneFrame } from './g711.js'
import { headerBytes, isDigit, readPacket, writeEvent, writeHeader } from './rtp.js'
import type { G711, RemoteAudio } from './sdp.js'
import { asGiven, type HostPort } from './sip-text.js'
import { newSrtpKey, SrtpStream } from './srtp.js'
import { onBeat } from './ticker.js'
import { assertTone } from './tones.js'

/**
 * `tone`: speaks a tone and listens. `silent`: one frame of silence a second, so that an RTP timeout does not end the
 * call, and no ear. `none`: no RTP at all; a PBX with an RTP timeout ends the call.
 */
export type Media = 'tone' | 'silent' | 'none'

/** Sound may come from here: the discard service, where nothing listens. */
const discardPort = 9
const silentEveryBeats = 50
const eventBeats = 5
const eventEndPackets = 3
const pauseBeats = 4
const bindTriesMax = 50

interface Peer {
  readonly at: HostPort
  readonly codec: G711
  readonly eventType: number | undefined
  readonly speaks: boolean
  /** Shows what it sends; undefined over plain RTP. */
  readonly shown: SrtpStream | undefined
}

interface DigitsOut {
  readonly digits: string[]
  readonly sent: () => void
  readonly failed: (error: Error) => void
}

export class RtpLine {
  readonly ear: Ear
  /** Packets sent. */
  packetsSent = 0
  /** By which our sound is hidden; undefined over plain RTP. */
  readonly srtpKey: string | undefined
  private readonly hidden: SrtpStream | undefined
  private socket: Socket | undefined
  private opening: Promise<HostPort> | undefined
  private peer: Peer | undefined
  private readonly packet = Buffer.alloc(headerBytes + frameSamples)
  private readonly source = randomBytes(4).readUInt32BE()
  private sequence = randomBytes(2).readUInt16BE()
  private timestamp = randomBytes(4).readUInt32BE()
  private marker = true
  private muted = false
  private stopBeat: (() => void) | undefined
  private beats = 0
  private readonly queue: DigitsOut[] = []
  private digit: { readonly name: string; readonly timestamp: number; beat: number } | undefined
  private pause = 0
  private closed = false

  /** `toneHz` is what the mouth says: a multiple of 50 from 500 to 3400 (RangeError otherwise). */
  constructor(
    private readonly bind: string,
    private readonly media: Media,
    private toneHz: number,
    srtp = false,
  ) {
    assertTone(toneHz)
    this.srtpKey = srtp ? newSrtpKey() : undefined
    this.hidden = this.srtpKey === undefined ? undefined : new SrtpStream(this.srtpKey)
    this.ear = new Ear(media === 'tone')
  }

  /** Binds the socket, once, and gives its address. */
  open(): Promise<HostPort> {
    this.opening ??= this.media === 'none' ? Promise.resolve({ host: this.bind, port: discardPort }) : this.bindEven()
    return this.opening
  }

  /** Sends to and listens to what the other side described. Throws when it takes no G.711. */
  connect(remote: RemoteAudio): void {
    const codec = remote.codecs[0]
    if (codec === undefined) throw new Error('the other side takes no G.711 audio')
    if (this.hidden !== undefined && remote.crypto === undefined) throw new Error('the other side speaks in clear')
    const shown = this.hidden && remote.crypto && new SrtpStream(remote.crypto.key)
    const speaks = remote.at.port !== 0 && (remote.direction === 'sendrecv' || remote.direction === 'recvonly')
    this.peer = { at: remote.at, codec, eventType: remote.eventType, speaks, shown }
    this.fillPacket()
    if (this.media !== 'none' && !this.closed) this.stopBeat ??= onBeat((missed) => this.beat(missed))
  }

  /** From now on the mouth says this tone. */
  speak(toneHz: number): void {
    assertTone(toneHz)
    this.toneHz = toneHz
    this.fillPacket()
  }

  /** The mouth sends silence, as a muted phone does. */
  mute(): void {
    this.muted = true
    this.fillPacket()
  }

  unmute(): void {
    this.muted = false
    this.fillPacket()
  }

  /**
   * Sends digits as telephone events of 100 ms (RFC 4733), after those still being sent; resolves when the last is out.
   * Rejects when the other side takes no telephone events or the call ends before.
   */
  dtmf(digits: string): Promise<void> {
    const bad = [...digits].find((character) => !isDigit(character))
    if (bad !== undefined) return Promise.reject(new RangeError('a digit is one of 0-9, *, #, A-D'))
    if (this.closed || this.peer?.eventType === undefined || this.media === 'none') {
      return Promise.reject(new Error('the call carries no telephone events'))
    }
    if (digits === '') return Promise.resolve()
    return new Promise((resolve, reject) => this.queue.push({ digits: [...digits], sent: resolve, failed: reject }))
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.stopBeat?.()
    this.ear.close()
    this.socket?.close()
    for (const { failed } of this.queue.splice(0)) failed(new Error('the call ended before its digits were sent'))
  }

  /** An even port, so that the RTCP the other side sends to the next one (RFC 3550 11) does not come here. */
  private async bindEven(): Promise<HostPort> {
    for (let tries = 0; tries < bindTriesMax; tries += 1) {
      const socket = createSocket({ type: 'udp4', lookup: asGiven })
      // Before the bind: without a lookup it listens at once.
      const listening = once(socket, 'listening')
      socket.bind(0, this.bind)
      await listening
      const { port } = socket.address()
      if (port % 2 === 1 && !this.closed) {
        socket.close()
        continue
      }
      this.adopt(socket)
      return { host: this.bind, port }
    }
    throw new Error('no free even UDP port')
  }

  private adopt(socket: Socket): void {
    if (this.closed) {
      socket.close()
      return
    }
    this.socket = socket
    // An ICMP refusal: the other side is not there yet, or no more.
    socket.on('error', () => undefined)
    socket.on('message', (data, { address, port }) => this.receive(data, address, port))
  }

  private receive(data: Buffer, host: string, port: number): void {
    const peer = this.peer
    const clear = peer?.shown === undefined ? data : peer.shown.open(data)
    const packet = clear && readPacket(clear)
    if (peer === undefined || packet === undefined || port !== peer.at.port || host !== peer.at.host) {
      this.ear.strays += 1
      return
    }
    if (packet.type === peer.eventType) this.ear.event(packet)
    else if (packet.type === 8 || packet.type === 0) this.ear.audio(packet, packet.type)
    else this.ear.strays += 1
  }

  private fillPacket(): void {
    if (this.peer === undefined) return
    const { codec } = this.peer
    const silent = this.muted || this.media === 'silent'
    const frame = silent ? silenceOf(codec) : toneOf(codec, this.toneHz)
    frame.copy(this.packet, headerBytes)
  }

  private beat(missed: number): void {
    this.timestamp = (this.timestamp + (missed + 1) * frameSamples) >>> 0
    this.beats += 1
    const peer = this.peer
    if (peer === undefined || !peer.speaks) return
    if (this.digitBeat(peer)) return
    if (this.media === 'silent' && this.beats % silentEveryBeats !== 1) return
    writeHeader(this.packet, this.header(peer.codec, this.timestamp, this.marker))
    this.marker = false
    this.transmit(this.packet, peer.at)
  }

  /** Sends the packet of a digit under way; false when the beat is free for sound. */
  private digitBeat(peer: Peer): boolean {
    if (this.pause > 0) {
      this.pause -= 1
      return false
    }
    const next = this.queue[0]
    if (next === undefined || peer.eventType === undefined) return false
    const name = next.digits[0]
    if (name === undefined) return false
    this.digit ??= { name, timestamp: this.timestamp, beat: 0 }
    const digit = this.digit
    digit.beat += 1
    const end = digit.beat > eventBeats
    const duration = Math.min(digit.beat, eventBeats) * frameSamples
    const packet = Buffer.alloc(headerBytes)
    writeHeader(packet, this.header(peer.eventType, digit.timestamp, digit.beat === 1))
    this.transmit(Buffer.concat([packet, writeEvent({ digit: digit.name, end, duration })]), peer.at)
    if (digit.beat >= eventBeats + eventEndPackets) this.digitSent(next)
    return true
  }

  private digitSent(out: DigitsOut): void {
    this.digit = undefined
    this.pause = pauseBeats
    this.marker = true
    out.digits.shift()
    if (out.digits.length > 0) return
    this.queue.shift()
    out.sent()
  }

  private header(type: number, timestamp: number, marker: boolean) {
    this.sequence = (this.sequence + 1) & 0xffff
    return { type, marker, sequence: this.sequence, timestamp, source: this.source }
  }

  private transmit(packet: Buffer, to: HostPort): void {
    this.packetsSent += 1
    this.socket?.send(this.hidden?.protect(packet) ?? packet, to.port, to.host, () => undefined)
  }
}

const frames = new Map<string, Buffer>()

function toneOf(codec: G711, hz: number): Buffer {
  return cached(`${codec} ${hz}`, () => toneFrame(codec, hz))
}

function silenceOf(codec: G711): Buffer {
  return cached(`${codec} silence`, () => silenceFrame(codec))
}

function cached(key: string, make: () => Buffer): Buffer {
  const found = frames.get(key)
  if (found !== undefined) return found
  const made = make()
  frames.set(key, made)
  return made
}
