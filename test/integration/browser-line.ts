/** A browser's SIP over websocket, as far as registering goes. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type RawData, WebSocket } from 'ws'

const uri = 'sip:127.0.0.1'
const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

export class BrowserLine {
  #sequence = 0
  readonly #callId = randomBytes(8).toString('hex')

  private constructor(
    private readonly socket: WebSocket,
    private readonly phone: string,
  ) {
    socket.on('message', (data) => this.#answerOptions(String(data)))
  }

  /** @param phone the endpoint's name, `arm01-web` */
  static async open(server: string, phone: string): Promise<BrowserLine> {
    const socket = new WebSocket(server, 'sip')
    await once(socket, 'open')
    return new BrowserLine(socket, phone)
  }

  /** @returns the last answer's first line: challenged first, then answered with the password */
  async register(password: string): Promise<string> {
    const challenge = await this.#send()
    return (challenge.startsWith('SIP/2.0 401') ? await this.#send(this.#digest(challenge, password)) : challenge).split('\r\n')[0] ?? ''
  }

  next(start: string): Promise<string> {
    return new Promise((resolve) => {
      const look = (data: RawData): void => {
        if (!String(data).startsWith(start)) return
        this.socket.off('message', look)
        resolve(String(data))
      }
      this.socket.on('message', look)
    })
  }

  close(): void {
    this.socket.terminate()
  }

  async #send(authorization?: string): Promise<string> {
    this.#sequence += 1
    const lines = [
      `REGISTER ${uri} SIP/2.0`,
      `Via: SIP/2.0/WS browser.invalid;branch=z9hG4bK${randomBytes(6).toString('hex')}`,
      `From: <sip:${this.phone}@127.0.0.1>;tag=browser`,
      `To: <sip:${this.phone}@127.0.0.1>`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${this.#sequence} REGISTER`,
      `Contact: <sip:${this.phone}@browser.invalid;transport=ws>`,
      'Max-Forwards: 70',
      ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
      'Content-Length: 0',
    ]
    const answer = this.next('SIP/2.0 ')
    this.socket.send(`${lines.join('\r\n')}\r\n\r\n`)
    return answer
  }

  #digest(challenge: string, password: string): string {
    const value = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(challenge)?.[1] ?? ''
    const [realm, nonce, cnonce] = [value('realm'), value('nonce'), 'browser']
    const response = md5(`${md5(`${this.phone}:${realm}:${password}`)}:${nonce}:00000001:${cnonce}:auth:${md5(`REGISTER:${uri}`)}`)
    return `Digest username="${this.phone}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", cnonce="${cnonce}", nc=00000001, qop=auth, algorithm=MD5, opaque="${value('opaque')}"`
  }

  /** A browser that does not answer these counts as gone. */
  #answerOptions(request: string): void {
    if (!request.startsWith('OPTIONS ')) return
    const kept = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
    this.socket.send(['SIP/2.0 200 OK', ...kept, 'Content-Length: 0', '', ''].join('\r\n'))
  }
}
