/** Who asks, and what they may. */
import type { SasConfig } from '../config/schema.js'

export const rights = ['agent', 'supervisor', 'admin', 'neighbour', 'lrm', 'recordings'] as const
export type Right = (typeof rights)[number]

export interface Principal {
  /** A person or an account of the file; `api` and `lrm` for programs with a token of the environment. */
  readonly id: string
  /** The person of the room whom they are; null for those without a phone. */
  readonly agent: string | null
  readonly rights: ReadonlySet<Right>
  /** Null for programs with a token of the environment. */
  readonly session: string | null
}

/** Who carries DECROCHE_API_TOKEN: whoever listens to recordings has a name, and a program has none. */
export const apiPrincipal: Principal = { id: 'api', agent: null, rights: new Set(rights.filter((right) => right !== 'recordings')), session: null }
/** Who carries DECROCHE_LRM_TOKEN. */
export const lrmPrincipal: Principal = { id: 'lrm', agent: null, rights: new Set(['lrm']), session: null }

type Accounts = Pick<SasConfig, 'people' | 'accounts'>

/** The principal that an account of the file is at the moment; null when the file has no such account, any more. */
export const principalOf = ({ people, accounts }: Accounts, id: string, session: string | null): Principal | null => {
  const person = people.find((one) => one.id === id)
  if (person) return { id, agent: id, rights: new Set<Right>(['agent', ...person.rights]), session }
  const account = accounts.find((one) => one.id === id)
  return account ? { id, agent: null, rights: new Set(account.rights), session } : null
}

/** The account that an identity provider calls by this name; null when the file knows of none. */
export const accountNamed = ({ people, accounts }: Accounts, identity: string): string | null =>
  [...people, ...accounts].find((one) => (one.identity ?? one.id) === identity)?.id ?? null

export const hasOneOf = (principal: Principal, wanted: readonly Right[]): boolean => wanted.some((right) => principal.rights.has(right))

/** An agent acts for themself only; supervisors, and the LRM where it may act at all, for anybody. */
export const mayActFor = (principal: Principal, agent: string): boolean =>
  principal.agent === agent || principal.rights.has('supervisor') || principal.rights.has('lrm')

/** Who signed in answers for what they do under their own name. */
export const maySignAs = (principal: Principal, by: string): boolean => principal.session === null || principal.id === by
