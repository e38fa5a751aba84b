/** One local address that SIP messages come from and go to. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket as TcpSocket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { Retransmission } from './retransmission.js'
import { asGiven, readHead, type HostPort, type SipHead } from './sip-text.js'

export type Protocol = 'udp' | 'tcp' | 'tls'

export interface SipWire {
  readonly protocol: Protocol
  readonly local: HostPort
  /** Receives each message once, repeats already dealt with. */
  onMessage: ((text: string, head: SipHead, from: HostPort) => void) | undefined
  /** Messages sent again or absorbed; always 0 over TCP. */
  readonly counts: Readonly<{ resent: number; absorbed: number }>
  send(text: string, to: HostPort): Promise<void>
  /** Local port at which `to` will find this wire: over TCP, that of the connection made to it. */
  reach(to: HostPort): Promise<number>
  close(): Promise<void>
}

/** Longest SIP message accepted, in bytes. */
const messageBytesMax = 65_535

/** Opens a wire on `host`; port 0 takes a free one. Over TLS, `ca` says whom to trust. Rejects when the address cannot be bound. */
export async function openWire(protocol: Protocol, host: string, port = 0, ca?: string): Promise<SipWire> {
  return protocol === 'udp' ? UdpWire.open(host, port) : TcpWire.open(protocol, host, port, ca)
}

class UdpWire implements SipWire {
  readonly protocol = 'udp'
  onMessage: SipWire['onMessage']
  readonly counts: Readonly<{ resent: number; absorbed: number }>
  private readonly retransmission: Retransmission
  private closed = false

  private constructor(
    private readonly socket: UdpSocket,
    readonly local: HostPort,
  ) {
    this.retransmission = new Retransmission((text, to) => this.transmit(text, to))
    this.counts = this.retransmission.counts
    socket.on('message', (data, { address, port: from }) => this.receive(data, { host: address, port: from }))
    // An ICMP refusal concerns one message; its transaction times out by itself.
    socket.on('error', () => undefined)
  }

  static async open(host: string, port: number): Promise<UdpWire> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20, lookup: asGiven })
    // Before the bind: without a lookup it listens at once.
    const listening = once(socket, 'listening')
    socket.bind(port, host)
    await listening
    return new UdpWire(socket, { host, port: socket.address().port })
  }

  send(text: string, to: HostPort): Promise<void> {
    if (this.closed) return Promise.reject(new Error('the phone is stopped'))
    const head = readHead(text)
    if (head !== undefined) this.retransmission.sent(text, head, to)
    this.transmit(text, to)
    return Promise.resolve()
  }

  reach(): Promise<number> {
    return Promise.resolve(this.local.port)
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.retransmission.close()
    const gone = once(this.socket, 'close')
    this.socket.close()
    await gone
  }

  private transmit(text: string, to: HostPort): void {
    if (!this.closed) this.socket.send(text, to.port, to.host, () => undefined)
  }

  private receive(data: Buffer, from: HostPort): void {
    const text = data.toString('utf8')
    const head = readHead(text)
    if (head === undefined || !this.retransmission.received(head)) return
    this.onMessage?.(text, head, from)
  }
}

/**
 * SIP over TCP (RFC 3261 18): listens where the Contact points, keeps one connection per peer address, answers on the
 * connection a request came by. Over TLS it is found by the connection that it made itself, and at no port of its own.
 */
class TcpWire implements SipWire {
  readonly counts = { resent: 0, absorbed: 0 }
  onMessage: SipWire['onMessage']
  private readonly connections = new Map<string, Promise<TcpSocket>>()
  private readonly sockets = new Set<TcpSocket>()
  private closed = false

  private constructor(
    readonly protocol: 'tcp' | 'tls',
    private readonly server: Server,
    readonly local: HostPort,
    private readonly ca: string | undefined,
  ) {
    server.on('connection', (socket) => this.adopt(socket))
  }

  static async open(protocol: 'tcp' | 'tls', host: string, port: number, ca?: string): Promise<TcpWire> {
    const server = createServer()
    server.listen(port, host)
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no TCP address')
    return new TcpWire(protocol, server, { host, port: address.port }, ca)
  }

  async send(text: string, to: HostPort): Promise<void> {
    if (this.closed) throw new Error('the phone is stopped')
    const socket = await this.connection(to)
    socket.write(text)
  }

  async reach(to: HostPort): Promise<number> {
    return (await this.connection(to)).localPort ?? this.local.port
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    const gone = once(this.server, 'close')
    this.server.close()
    for (const socket of this.sockets) socket.destroy()
    await gone
  }

  private connection(to: HostPort): Promise<TcpSocket> {
    const key = `${to.host}:${to.port}`
    const known = this.connections.get(key)
    if (known !== undefined) return known
    const dialled = this.dial(to)
    this.connections.set(key, dialled)
    dialled.catch(() => this.connections.delete(key))
    return dialled
  }

  private async dial(to: HostPort): Promise<TcpSocket> {
    const at = { host: to.host, port: to.port, localAddress: this.local.host }
    const socket = this.protocol === 'tcp' ? connect(at) : connectSecurely({ ...at, ca: this.ca, minVersion: 'TLSv1.2' })
    await once(socket, this.protocol === 'tcp' ? 'connect' : 'secureConnect')
    this.adopt(socket)
    return socket
  }

  private adopt(socket: TcpSocket): void {
    const from = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
    const key = `${from.host}:${from.port}`
    this.sockets.add(socket)
    this.connections.set(key, Promise.resolve(socket))
    socket.setNoDelay(true)
    const split = messageSplitter((text) => {
      const head = readHead(text)
      if (head !== undefined) this.onMessage?.(text, head, from)
    })
    socket.on('data', (data: Buffer) => {
      if (!split(data)) socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.sockets.delete(socket)
      this.connections.delete(key)
    })
  }
}

/** Cuts a byte stream into SIP messages by Content-Length (RFC 3261 18.3); false when the stream is not SIP. */
function messageSplitter(deliver: (text: string) => void): (data: Buffer) => boolean {
  let rest: Buffer = Buffer.alloc(0)
  return (data) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data])
    for (;;) {
      // Empty lines between messages keep a connection alive.
      let start = 0
      while (rest[start] === 0x0d || rest[start] === 0x0a) start += 1
      if (start > 0) rest = rest.subarray(start)
      const headEnd = rest.indexOf('\r\n\r\n')
      if (headEnd < 0) return rest.length <= messageBytesMax
      const length = /^(?:content-length|l)[ \t]*:[ \t]*(\d+)/im.exec(rest.toString('latin1', 0, headEnd))?.[1]
      const end = headEnd + 4 + Number(length ?? 0)
      if (end > messageBytesMax) return false
      if (rest.length < end) return true
      const text = rest.toString('utf8', 0, end)
      rest = rest.subarray(end)
      deliver(text)
    }
  }
}
