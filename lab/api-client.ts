/** The engine's HTTP API, as an agent's bandeau or a test speaks it. */

interface Problem {
  readonly error?: string
  readonly message?: string
}

/** An answer that is not a success. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: Problem,
  ) {
    super(`${status} ${body.error ?? ''} ${body.message ?? ''}`.trim())
  }
}

export class ApiClient {
  constructor(
    readonly url: string,
    private readonly token: string,
    private readonly ask: typeof fetch = fetch,
  ) {}

  signIn = (agent: string, position?: string): Promise<unknown> =>
    this.post(`agents/${agent}/sign-in`, position === undefined ? {} : { position })
  signOut = (agent: string): Promise<unknown> => this.post(`agents/${agent}/sign-out`, {})
  ready = (agent: string): Promise<unknown> => this.post(`agents/${agent}/ready`, {})
  pause = (agent: string, reason: string): Promise<unknown> => this.post(`agents/${agent}/pause`, { reason })
  move = (agent: string, position: string): Promise<unknown> => this.post(`agents/${agent}/position`, { position })
  qualify = (call: string, agent: string, priority: 'P0' | 'P1' | 'P2'): Promise<unknown> =>
    this.post(`calls/${encodeURIComponent(call)}/qualification`, { agent, priority })
  nameCaller = (call: string, agent: string, name: string): Promise<unknown> =>
    this.post(`calls/${encodeURIComponent(call)}/caller-name`, { agent, name })
  transfer = (call: string, agent: string, to: string, handover?: 'warm' | 'direct'): Promise<unknown> =>
    this.post(`calls/${encodeURIComponent(call)}/transfer`, { agent, to, ...(handover && { handover }) })
  leave = (call: string, agent: string): Promise<unknown> => this.post(`calls/${encodeURIComponent(call)}/leave`, { agent })
  pick = (call: string, agent: string, reason?: string): Promise<unknown> =>
    this.post(`calls/${encodeURIComponent(call)}/pick`, { agent, ...(reason !== undefined && { reason }) })
  park = (call: string, agent: string): Promise<unknown> => this.post(`calls/${encodeURIComponent(call)}/park`, { agent })
  takeBack = (call: string, agent: string): Promise<unknown> =>
    this.post(`calls/${encodeURIComponent(call)}/take-back`, { agent })

  /** @throws ApiError for an answer that is not a success. */
  async post(path: string, body: unknown): Promise<unknown> {
    return this.#send(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  }

  /** @throws ApiError for an answer that is not a success. */
  async get(path: string): Promise<unknown> {
    return this.#send(path, { method: 'GET' })
  }

  async #send(path: string, init: RequestInit): Promise<unknown> {
    const headers = { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${this.token}` }
    const response = await this.ask(`${this.url}/v1/${path}`, { ...init, headers, signal: AbortSignal.timeout(10_000) })
    const body: unknown = await response.json().catch(() => ({}))
    if (!response.ok) throw new ApiError(response.status, body as Problem)
    return body
  }
}
