/** Stands between a port and Asterisk: cuts, goes silent, refuses, or says on the event stream what Asterisk would not. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'

interface Pair {
  readonly client: Socket
  readonly server: Socket
  isWebSocket: boolean
}

export class Relay {
  /** First line and headers of every request seen, as they went over the wire. */
  readonly heads: string[] = []
  readonly #pairs = new Set<Pair>()
  readonly #server: Server
  #attempts = 0
  #refusing = false
  #silent = false

  private constructor(private target: URL) {
    this.#server = createServer((client) => this.#accept(client, this.target))
  }

  static async start(target: string): Promise<Relay> {
    const relay = new Relay(new URL(target))
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  /** From the next connection on. */
  leadTo(target: string): void {
    this.target = new URL(target)
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the relay is closed')
    return `http://127.0.0.1:${address.port}`
  }

  /** Connections tried so far, refused ones included. */
  get attempts(): number {
    return this.#attempts
  }

  cut(): void {
    for (const pair of this.#pairs) this.#end(pair)
  }

  /** Until `accept`, whoever connects is hung up on. */
  refuse(): void {
    this.#refusing = true
    this.cut()
  }

  accept(): void {
    this.#refusing = false
  }

  /** Connections stay open and carry nothing, as when a cable is pulled. */
  silence(): void {
    this.#silent = true
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.pause()
  }

  /** Connections of now carry nothing any more, for good, and nobody is told: as when a firewall forgets them. New ones pass. */
  forget(): void {
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.unpipe().pause()
  }

  resume(): void {
    this.#silent = false
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.resume()
  }

  /** A text message to the port, as if Asterisk had sent it. Only while the event stream is quiet. */
  say(text: string): void {
    const payload = Buffer.from(text)
    const head =
      payload.length < 126
        ? Buffer.from([0x81, payload.length])
        : Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff])
    for (const { client, isWebSocket } of this.#pairs) if (isWebSocket) client.write(Buffer.concat([head, payload]))
  }

  async stop(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket, target: URL): void {
    this.#attempts += 1
    client.on('error', () => {})
    if (this.#refusing) return void client.destroy()
    const pair: Pair = { client, server: connect(Number(target.port), target.hostname), isWebSocket: false }
    this.#pairs.add(pair)
    client.on('data', (data) => this.#read(pair, data))
    pair.server.on('error', () => {})
    pair.client.pipe(pair.server)
    pair.server.pipe(pair.client)
    for (const socket of [client, pair.server]) socket.once('close', () => this.#end(pair))
    if (this.#silent) for (const socket of [client, pair.server]) socket.pause()
  }

  #read(pair: Pair, data: Buffer): void {
    if (pair.isWebSocket) return
    const head = data.toString('latin1').split('\r\n\r\n')[0] ?? ''
    this.heads.push(head)
    if (/^upgrade: websocket/im.test(head)) pair.isWebSocket = true
  }

  #end(pair: Pair): void {
    this.#pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }
}
