import { EventEmitter } from 'node:events'
import { browserOf, phoneOf } from '../sip-endpoints.js'
import type { AriPort } from './port.js'

/**
 * Which phones can be reached, and whether at the desk or in a browser, by asking now and then. Subscribing to endpoints
 * would tell at once, but Asterisk then tells every event of their channels twice (measured); a phone that cannot be rung
 * is known from the ring anyway.
 */
export class PhoneWatch extends EventEmitter<{ changed: [phone: string, reachable: boolean] }> {
  readonly #port: AriPort
  readonly #pollMs: number
  /** By endpoint, as last seen. */
  #online = new Map<string, boolean>()
  readonly #unreachable = new Set<string>()
  #timer: NodeJS.Timeout | null = null

  /** @param pollMs 0 never asks */
  constructor(port: AriPort, pollMs: number) {
    super()
    this.#port = port
    this.#pollMs = pollMs
  }

  /** Every phone counts as reachable at its desk until it is seen not to be. */
  start(): void {
    if (this.#pollMs === 0 || this.#timer) return
    this.#timer = setInterval(() => void this.#look(), this.#pollMs)
    void this.#look()
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  /** Where to ring somebody: at the desk, or in their browser when only that one is registered. */
  endpointOf(phone: string): string {
    const browser = browserOf(phone)
    return this.#online.get(phone) === false && this.#online.get(browser) ? browser : phone
  }

  async #look(): Promise<void> {
    // A look that fails is counted by the port; the next one comes soon.
    const endpoints = await this.#port.call('endpoints.listByTech', { tech: 'PJSIP' }).catch(() => [])
    if (endpoints.length === 0) return
    this.#online = new Map(endpoints.map(({ resource, state }) => [resource, state !== 'offline']))
    for (const phone of new Set([...this.#online.keys()].map(phoneOf))) {
      const reachable = this.#online.get(this.endpointOf(phone)) ?? false
      if (reachable === !this.#unreachable.has(phone)) continue
      if (reachable) this.#unreachable.delete(phone)
      else this.#unreachable.add(phone)
      this.emit('changed', phone, reachable)
    }
  }
}
