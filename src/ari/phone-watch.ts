import { EventEmitter } from 'node:events'
import type { AriPort } from './port.js'

/**
 * Which phones can be reached, by asking now and then. Subscribing to endpoints would tell at once, but Asterisk then tells
 * every event of their channels twice (measured); a phone that cannot be rung is known from the ring anyway.
 */
export class PhoneWatch extends EventEmitter<{ changed: [phone: string, reachable: boolean] }> {
  readonly #port: AriPort
  readonly #pollMs: number
  readonly #unreachable = new Set<string>()
  #timer: NodeJS.Timeout | null = null

  /** @param pollMs 0 never asks */
  constructor(port: AriPort, pollMs: number) {
    super()
    this.#port = port
    this.#pollMs = pollMs
  }

  /** Every phone counts as reachable until it is seen not to be. */
  start(): void {
    if (this.#pollMs === 0 || this.#timer) return
    this.#timer = setInterval(() => void this.#look(), this.#pollMs)
    void this.#look()
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  async #look(): Promise<void> {
    // A look that fails is counted by the port; the next one comes soon.
    const endpoints = await this.#port.call('endpoints.listByTech', { tech: 'PJSIP' }).catch(() => [])
    for (const { resource, state } of endpoints) {
      const reachable = state !== 'offline'
      if (reachable === !this.#unreachable.has(resource)) continue
      if (reachable) this.#unreachable.delete(resource)
      else this.#unreachable.add(resource)
      this.emit('changed', resource, reachable)
    }
  }
}
