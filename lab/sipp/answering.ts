/** Someone who is called: a neighbour SAS, or a plain desk phone that registers. */
import { freePort } from '../ports.js'
import { startProgram, type Program } from './program.js'
import type { SippCall } from './trace.js'

export interface SippAnsweringOptions {
  /** Local address. */
  readonly bind: string
  /** Local SIP port; a free one by default. */
  readonly port?: number
  /** Rings this long before it answers; 1 by default. */
  readonly ringMs?: number
  /** Instead of answering, refuses with this status once it has rung. */
  readonly refuse?: number
  /** Answered for this long, it hangs up. By default it waits for the other side's BYE. */
  readonly holdMs?: number
  readonly media?: 'echo' | 'none'
  /** Registers there first, with digest, and unregisters at the end. */
  readonly register?: { readonly server: string; readonly user: string; readonly password: string }
  /** Lasts no longer: 120,000 by default, 900,000 at most. */
  readonly limitMs?: number
}

export interface SippAnswering {
  /** `host:port` it is called at. */
  readonly address: string
  /** Ends it and gives the calls it had. Calls still up are dropped without BYE. */
  stop(): Promise<SippCall[]>
}

/** Starts it; resolves once it is registered, when it has to. Rejects when the registrar refuses. */
export async function startSippAnswering(options: SippAnsweringOptions): Promise<SippAnswering> {
  const { bind, register, media = 'echo', limitMs = 120_000 } = options
  if (limitMs > 900_000) throw new RangeError('limitMs: 900,000 at most')
  const port = options.port ?? (await freePort())
  // From its own port, while that is free: a registrar behind NAT rules takes the source for the Contact.
  if (register !== undefined) await registration(bind, port, register, Math.ceil(limitMs / 1000) + 60)
  const program = await startProgram({
    scenario: 'answering',
    values: {
      ringMs: Math.max(1, options.ringMs ?? 1),
      afterRinging: options.refuse === undefined ? 'answer' : 'refuse',
      refusal: options.refuse ?? 486,
      holdMs: options.holdMs ?? limitMs,
    },
    bind,
    port,
    echo: media === 'echo',
    args: [],
    limitMs,
  })
  return { address: `${bind}:${port}`, stop: () => stop(program, bind, port, register) }
}

async function stop(
  program: Program,
  bind: string,
  port: number,
  register: SippAnsweringOptions['register'],
): Promise<SippCall[]> {
  // Its trace is complete only after an end of its own.
  program.quit()
  const insist = setTimeout(() => void program.kill(), 1500)
  const calls = await program.done
  clearTimeout(insist)
  // There may be nobody left to unregister from.
  if (register !== undefined) await registration(bind, port, register, 0).catch(() => undefined)
  return calls
}

async function registration(
  bind: string,
  port: number,
  { server, user, password }: NonNullable<SippAnsweringOptions['register']>,
  expiresSeconds: number,
): Promise<void> {
  const program = await startProgram({
    scenario: 'register',
    values: { expiresSeconds },
    bind,
    port,
    echo: false,
    args: [server, '-s', user, '-au', user, '-ap', password, '-m', '1', '-recv_timeout', '3000'],
    strict: true,
    limitMs: 5000,
  })
  await program.done
}
