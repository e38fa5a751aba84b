/** Signatures of the Standard Webhooks specification (https://www.standardwebhooks.com, symmetric, `v1`). */
import { createHmac } from 'node:crypto'

/**
 * The key in a secret such as `whsec_…`: base64 of 24 to 64 bytes.
 * @throws Error that does not hold it
 */
export const keyOf = (secret: string): Buffer => {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1]
  const key = Buffer.from(text ?? '', 'base64')
  if (key.length < 24 || key.length > 64) throw new Error('must be whsec_ and 24 to 64 bytes in base64')
  return key
}

/** The headers that make a delivery one of ours. @param atMs when it is sent, ms since the epoch */
export const signed = (id: string, atMs: number, body: string, key: Buffer): Record<string, string> => {
  const timestamp = String(Math.floor(atMs / 1_000))
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
