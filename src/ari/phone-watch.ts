import { EventEmitter } from 'node:events'
import { browserOf, phoneOf } from '../sip-endpoints.js'
import type { AriPort } from './port.js'
import { isOurs } from './translate.js'

const hurriedPollMs = 150
const hurriedForMs = 5_000

export interface PhoneNotices {
  reachable: [phone: string, reachable: boolean]
  /** In use for a call that is none of ours. */
  engaged: [phone: string, engaged: boolean]
}

/**
 * Which phones can be reached, whether at the desk or in a browser, and which are in use for calls that are none of ours, by
 * asking now and then. Subscribing to endpoints would tell at once, but Asterisk then tells every event of their channels twice
 * (measured); a phone that cannot be rung is known from the ring anyway.
 */
export class PhoneWatch extends EventEmitter<PhoneNotices> {
  readonly #port: AriPort
  readonly #pollMs: number
  /** By endpoint, as last seen. */
  #online = new Map<string, boolean>()
  readonly #unreachable = new Set<string>()
  /** Null until this connection's list of what exists is adopted. */
  #engaged: Set<string> | null = null
  /** By endpoint, as last seen; null when it is not known now. */
  #channels: ReadonlyMap<string, number> | null = null
  #timer: NodeJS.Timeout | null = null
  /** Runs for a while beside the other. */
  #hurried: NodeJS.Timeout | null = null

  /** @param pollMs 0 never asks */
  constructor(port: AriPort, pollMs: number) {
    super()
    this.#port = port
    this.#pollMs = pollMs
  }

  /** Every phone counts as reachable at its desk until it is seen not to be. */
  start(): void {
    if (this.#pollMs === 0 || this.#timer) return
    this.#engaged = null
    this.#timer = setInterval(() => void this.#look(), this.#pollMs)
    void this.#look()
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    if (this.#hurried) clearInterval(this.#hurried)
    this.#timer = null
    this.#hurried = null
    this.#channels = null
  }

  /** A browser is about to register: rung before it was seen, its call would go to an absent desk phone. Looks often for a while. */
  expect(): void {
    if (this.#timer === null) return
    if (this.#hurried) clearInterval(this.#hurried)
    const hurried = setInterval(() => void this.#look(), hurriedPollMs)
    this.#hurried = hurried
    setTimeout(() => {
      clearInterval(hurried)
      if (this.#hurried === hurried) this.#hurried = null
    }, hurriedForMs).unref()
  }

  /** Channels of each SIP endpoint, phones and trunks, whoever has them; at most one look old. Null when it is not known. */
  get channels(): ReadonlyMap<string, number> | null {
    return this.#channels
  }

  /** What was told otherwise: these phones are in use, and no others. */
  adopt(engaged: readonly string[]): void {
    this.#engaged = new Set(engaged)
  }

  /** Where to ring somebody: at the desk, or in their browser when only that one is registered, or may be by now. */
  endpointOf(phone: string): string {
    const browser = browserOf(phone)
    const seen = this.#online.get(browser)
    return this.#online.get(phone) === false && (seen || (seen === false && this.#hurried !== null)) ? browser : phone
  }

  async #look(): Promise<void> {
    // What a look from before the list finds is older than the list, and is not told after it.
    const listed = this.#engaged
    // A look that fails is counted by the port; the next one comes soon.
    const endpoints = await this.#port.call('endpoints.listByTech', { tech: 'PJSIP' }).catch(() => [])
    if (this.#timer === null) return
    this.#channels = endpoints.length === 0 ? null : new Map(endpoints.map(({ resource, channel_ids: channels }) => [resource, channels.length]))
    if (endpoints.length === 0) return
    this.#online = new Map(endpoints.map(({ resource, state }) => [resource, state !== 'offline']))
    const inUse = endpoints.filter(({ channel_ids: channels }) => channels.some((id) => !isOurs(id)))
    const engaged = new Set(inUse.map(({ resource }) => phoneOf(resource)))
    for (const phone of new Set([...this.#online.keys()].map(phoneOf))) {
      const reachable = this.#online.get(this.endpointOf(phone)) ?? false
      if (changes(this.#unreachable, phone, !reachable)) this.emit('reachable', phone, reachable)
      if (listed === null || listed !== this.#engaged) continue
      if (changes(listed, phone, engaged.has(phone))) this.emit('engaged', phone, engaged.has(phone))
    }
  }
}

/** Puts the phone among the others, or takes it out. @returns whether it was otherwise before */
function changes(phones: Set<string>, phone: string, isIn: boolean): boolean {
  if (phones.has(phone) === isIn) return false
  if (isIn) phones.add(phone)
  else phones.delete(phone)
  return true
}
