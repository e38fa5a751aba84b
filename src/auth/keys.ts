/** The keys that DECROCHE_SESSION_SECRET is for, one for each use (HKDF, RFC 5869): none says anything of another. */
import { hkdfSync } from 'node:crypto'

const uses = ['access-token', 'refresh-token', 'sip-password', 'oidc-state'] as const

export type SessionKeys = Readonly<Record<(typeof uses)[number], Uint8Array>>

/** @param sas a token of one SAS is none of another, even with the same secret */
export const sessionKeys = (secret: string, sas: string): SessionKeys =>
  Object.fromEntries(uses.map((use) => [use, new Uint8Array(hkdfSync('sha256', secret, sas, `decroche ${use}`, 32))])) as Record<(typeof uses)[number], Uint8Array>
