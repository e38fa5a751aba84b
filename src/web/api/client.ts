/** The engine's API, typed. Each command has a key of its own, so that one whose answer was lost can be sent again. */
import type { SipCredentials } from '../../auth/browser-phones.js'
import type { Summary } from '../../indicators/summary.js'
import type { ListenMode } from '../../routing/events.js'
import type { OverrideKind, Priority } from '../../routing/rules.js'
import { Refused, readAnswer, unreachable } from './answer.js'

interface Bearer {
  readonly token: string | null
  renew(): Promise<string | null>
}

const tries = 3
const pauseMs = 300

export class Api {
  constructor(private readonly bearer: Bearer) {}

  signIn = (agent: string) => this.#post(`agents/${agent}/sign-in`)
  signOut = (agent: string) => this.#post(`agents/${agent}/sign-out`)
  ready = (agent: string) => this.#post(`agents/${agent}/ready`)
  pause = (agent: string, reason: string) => this.#post(`agents/${agent}/pause`, { reason })
  move = (agent: string, position: string) => this.#post(`agents/${agent}/position`, { position })

  /** One's own phone rings, then theirs. */
  callOut = (agent: string, to: string) => this.#post('calls', { agent, to }) as Promise<{ readonly call: string }>
  qualify = (call: string, agent: string, priority: Priority) => this.#post(`calls/${call}/qualification`, { agent, priority })
  nameCaller = (call: string, agent: string, name: string) => this.#post(`calls/${call}/caller-name`, { agent, name })
  transfer = (call: string, agent: string, to: string, handover?: 'warm' | 'direct') =>
    this.#post(`calls/${call}/transfer`, { agent, to, ...(handover !== undefined && { handover }) })
  pick = (call: string, agent: string, reason?: string) => this.#post(`calls/${call}/pick`, { agent, ...(reason !== undefined && { reason }) })
  /** What needs no more words than who does it. */
  onCall = (verb: 'leave' | 'take-back' | 'pass-on' | 'give-back' | 'park' | 'callback' | 'withdraw-callback' | 'bring-in', call: string, agent: string) =>
    this.#post(`calls/${call}/${verb}`, { agent })
  /** A third party; aside, the caller hears music meanwhile. */
  invite = (call: string, agent: string, to: string, aside: boolean) => this.#post(`calls/${call}/invite`, { agent, to, ...(aside && { aside }) })
  dismiss = (call: string, agent: string, guest: string) => this.#post(`calls/${call}/dismiss`, { agent, guest })
  /** A caller who is with nobody waits elsewhere, by the clock they had. */
  moveCall = (call: string, to: string, by: string) => this.#post(`calls/${call}/move`, { to, by })
  listen = (call: string, agent: string, mode: ListenMode) => this.#post(`calls/${call}/listen`, { agent, mode })

  override = (kind: OverrideKind, target: string, until: number, by: string) => this.#post('overrides', { kind, target, until, by })
  endOverride = (target: string, by: string) => this.#post('overrides/end', { target, by })

  indicators = () => this.#ask('GET', 'indicators') as Promise<Summary>
  sipCredentials = () => this.#post('sip-credentials') as Promise<SipCredentials>

  #post(path: string, body: unknown = {}): Promise<unknown> {
    return this.#ask('POST', path, body)
  }

  /** @throws Refused */
  async #ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const key = crypto.randomUUID()
    let renewed = false
    for (let left = tries; ; left--) {
      try {
        return await this.#once(method, path, body, key)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        if (error.status === 401 && !renewed && (await this.bearer.renew()) !== null) {
          renewed = true
          continue
        }
        // Nobody decides for a moment, while one engine follows another.
        if (left <= 1 || (error.status !== 0 && error.status !== 503)) throw error
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
  }

  async #once(method: string, path: string, body: unknown, key: string): Promise<unknown> {
    const headers = {
      authorization: `Bearer ${this.bearer.token ?? ''}`,
      ...(body !== undefined && { 'content-type': 'application/json', 'idempotency-key': key }),
    }
    const answer = await fetch(`/v1/${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }).catch(() => {
      throw unreachable()
    })
    return readAnswer(answer)
  }
}
