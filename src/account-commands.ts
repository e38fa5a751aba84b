/** `decroche account`: passwords of local accounts, in Redis. An engine that runs ends their sessions at the next renewal. */
import type { AuditKind } from './auth/audit.js'
import { askPassword } from './auth/ask-password.js'
import { hashPassword, passwordFault, passwordLengthMax, passwordLengthMin } from './auth/password.js'
import { principalOf } from './auth/principal.js'
import { readVariables } from './config/environment.js'
import { loadConfig } from './config/load.js'
import type { SasConfig } from './config/schema.js'
import { accountsIn, type Accounts } from './redis/accounts.js'
import { auditIn } from './redis/audit.js'
import { createClient } from './redis/client.js'
import { keysOf } from './redis/keys.js'
import { Told } from './told.js'

/** Told to who typed the command, without a stack. */
export class AccountFault extends Told {
  override readonly name = 'AccountFault'
}

interface Desk {
  readonly config: SasConfig
  readonly accounts: Accounts
  note(kind: AuditKind, account: string): Promise<void>
}

/** @throws {AccountFault} */
export const setAccount = (id: string): Promise<void> =>
  atDesk(async ({ config, accounts, note }) => {
    if (principalOf(config, id, null) === null) throw new AccountFault(`${id} is neither under people nor under accounts of the file`)
    const password = await askPassword()
    if (password === null) throw new AccountFault('the two passwords differ, or none was given: nothing has changed')
    const fault = passwordFault(password)
    if (fault !== null) throw new AccountFault(`a password has ${passwordLengthMin} to ${passwordLengthMax} characters: nothing has changed`)
    await accounts.set(id, { hash: await hashPassword(password), setAt: Date.now() })
    await note('account-set', id)
  })

/** @throws {AccountFault} */
export const removeAccount = (id: string): Promise<void> =>
  atDesk(async ({ accounts, note }) => {
    if (!(await accounts.remove(id))) throw new AccountFault(`${id} has no password`)
    await note('account-removed', id)
  })

export interface ListedAccount {
  readonly id: string
  readonly rights: readonly string[]
  /** When the password was set, ms since the epoch; null without one. */
  readonly setAt: number | null
  /** False for a password whose account the file does not have any more. */
  readonly inFile: boolean
}

/** Everybody of the file, and passwords left over. @throws {AccountFault} */
export const listAccounts = (): Promise<readonly ListedAccount[]> =>
  atDesk(async ({ config, accounts }) => {
    const set = new Map((await accounts.list()).map(({ id, setAt }) => [id, setAt]))
    const ids = new Set([...config.people, ...config.accounts].map(({ id }) => id))
    return [...new Set([...ids, ...set.keys()])].map((id) => ({
      id,
      rights: [...(principalOf(config, id, null)?.rights ?? [])],
      setAt: set.get(id) ?? null,
      inFile: ids.has(id),
    }))
  })

const atDesk = async <T>(work: (desk: Desk) => Promise<T>): Promise<T> => {
  const env = readVariables(['DECROCHE_CONFIG', 'DECROCHE_REDIS_URL'])
  const config = loadConfig(env.DECROCHE_CONFIG)
  const redis = createClient({ url: env.DECROCHE_REDIS_URL, commandTimeoutMs: 2_000, name: 'decroche-account', reconnect: false })
  redis.on('error', () => {
    // What was asked is rejected, and told.
  })
  try {
    await redis.connect().catch(() => {
      throw new AccountFault(`Redis does not answer at ${new URL(env.DECROCHE_REDIS_URL).host}`)
    })
    const keys = keysOf(config.sas.id)
    const audit = auditIn(redis, keys.audit, config.retention.auditDays, Date.now)
    const note = (kind: AuditKind, account: string): Promise<void> => audit.add([{ at: Date.now(), kind, account, ip: null, detail: null }])
    return await work({ config, accounts: accountsIn(redis, keys.accounts), note })
  } finally {
    redis.disconnect()
  }
}
