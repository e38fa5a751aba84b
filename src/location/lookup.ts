/** Asking for a location by its address: HTTPS GET of a PIDF-LO (RFC 6753). */
import { request } from 'node:https'
import { refused, type Reading } from './reading.js'
import { readPidfLo } from './pidf-lo.js'
import { bytesMax } from './xml.js'

export interface LocationLookup {
  /** Whether this address may be asked at all. */
  allows(reference: string): boolean
  /** Null when nobody answered in time, or not with a document. Never rejects. */
  look(reference: string): Promise<Reading | null>
}

export const noLookup: LocationLookup = { allows: () => false, look: async () => null }

export interface LookupOptions {
  /** `host` or `host:port`; no other is ever asked, whoever names it. */
  readonly hosts: readonly string[]
  /** From asking to the whole document. */
  readonly deadlineMs?: number
  /** Certificates (PEM) to trust besides the system's own. */
  readonly ca?: string
}

const mediaType = 'application/pidf+xml'

/** Follows no redirection: it would lead to where nobody allowed. */
export function lookupAt({ hosts, deadlineMs = 2_000, ca }: LookupOptions): LocationLookup {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()))
  const allows = (reference: string): boolean => {
    if (!URL.canParse(reference)) return false
    const { protocol, host, username, password } = new URL(reference)
    return protocol === 'https:' && username === '' && password === '' && allowed.has(host)
  }
  return {
    allows,
    look: async (reference) => (allows(reference) ? fetchDocument(reference, deadlineMs, ca).then(read, () => null) : null),
  }
}

const read = (document: Buffer | 'too-large'): Reading => (document === 'too-large' ? refused('too-large') : readPidfLo(document))

function fetchDocument(url: string, deadlineMs: number, ca: string | undefined): Promise<Buffer | 'too-large'> {
  return new Promise((resolve, reject) => {
    const options = { headers: { accept: mediaType }, signal: AbortSignal.timeout(deadlineMs), agent: false as const, ...(ca !== undefined && { ca }) }
    const asked = request(url, options, (answer) => {
      const type = answer.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
      const chunks: Buffer[] = []
      let size = 0
      const end = (document: Buffer | 'too-large'): void => {
        resolve(document)
        asked.destroy()
      }
      answer.on('error', reject)
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if ((size += chunk.length) > bytesMax) end('too-large')
      })
      answer.on('end', () => (answer.complete ? end(Buffer.concat(chunks)) : reject(new Error('cut short'))))
      if (answer.statusCode !== 200 || type !== mediaType) asked.destroy(new Error('no document'))
    })
    asked.on('error', reject)
    asked.end()
  })
}
