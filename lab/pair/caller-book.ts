/** Whose calls are in a room: from the engine's feed, as it tells the numbers of callers and journals do not. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { FeedMessage } from '../../src/web/state/messages.js'
import type { EngineProcess } from '../stack.js'

export class CallerBook {
  /** Numbers by call, of every call that the room had since. */
  readonly callers: ReadonlyMap<string, string> = new Map<string, string>()

  private constructor(private readonly socket: WebSocket) {}

  /** Everything from now on. */
  static async open({ url }: EngineProcess, token: string): Promise<CallerBook> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/feed`)
    const book = new CallerBook(socket)
    socket.on('message', (data) => book.#take(JSON.parse(String(data)) as FeedMessage))
    await once(socket, 'open')
    socket.on('error', () => undefined)
    const snapshot = once(socket, 'message')
    socket.send(JSON.stringify({ type: 'hello', token }))
    await snapshot
    return book
  }

  close(): void {
    this.socket.close()
  }

  #take(message: FeedMessage): void {
    const calls = message.type === 'snapshot' ? message.room.calls : message.type === 'change' ? message.calls : []
    for (const { id, caller } of calls) if (caller !== null) (this.callers as Map<string, string>).set(id, caller)
  }
}
