/**
 * Passwords of browsers' phones, in Asterisk's memory alone. An endpoint whose object were missing would be answered by 500 (measured), so
 * one that nobody may use has a password that nobody knows: it is challenged, and refused by 401.
 */
import { randomBytes } from 'node:crypto'
import { pause } from '../pause.js'
import { AriError, type AriPort } from './port.js'

/** Between two tries to tell Asterisk. */
const againMs = 1_000

export class WebPhones {
  readonly #end = new AbortController()
  #last: Promise<unknown> = Promise.resolve()

  /**
   * @param passwordOf of an endpoint at the moment; null for one that nobody may use
   * @param onRefused Asterisk will not have it: its configuration is an older one
   */
  constructor(
    private readonly port: AriPort,
    private readonly passwordOf: (endpoint: string) => string | null,
    private readonly onRefused: (endpoint: string, error: AriError) => void,
  ) {}

  /** Tells Asterisk the password of an endpoint as it is now. @throws AriError */
  tell(endpoint: string): Promise<void> {
    // One after the other, whatever carries them: the last word on an endpoint is the latest.
    const told = this.#last.then(() => this.#put(endpoint))
    this.#last = told.catch(() => {})
    return told
  }

  /** Goes on until Asterisk has been told, refuses, or is gone: whatever it knew is gone then too. */
  async insist(endpoint: string): Promise<void> {
    while (this.port.isUp && !this.#end.signal.aborted) {
      try {
        return await this.tell(endpoint)
      } catch (error) {
        if (error instanceof AriError && error.kind === 'refused') return this.onRefused(endpoint, error)
        await pause(againMs, this.#end.signal)
      }
    }
  }

  /** For an Asterisk that was not seen for a while. One by one, for it has calls to take up meanwhile. */
  async tellAll(endpoints: readonly string[]): Promise<void> {
    for (const endpoint of endpoints) await this.insist(endpoint)
  }

  stop(): void {
    this.#end.abort()
  }

  async #put(endpoint: string): Promise<void> {
    if (!this.port.isUp) throw new AriError('disconnected', 'asterisk.updateObject')
    const fields = { auth_type: 'digest', username: endpoint, password: this.passwordOf(endpoint) ?? randomBytes(32).toString('base64url'), nonce_lifetime: '300' }
    await this.port.call('asterisk.updateObject', {
      configClass: 'res_pjsip',
      objectType: 'auth',
      id: endpoint,
      fields: Object.entries(fields).map(([attribute, value]) => ({ attribute, value })),
    })
  }
}
