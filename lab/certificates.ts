/** An authority of a test's own, and what it signs, by openssl: certificates for 127.0.0.1, or for a name. */
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { scratchDirectory } from './scratch.js'

export interface Certificate {
  /** PEM files. */
  readonly certificate: string
  readonly key: string
}

export class Authority {
  readonly #dir = scratchDirectory('authority')
  readonly #own: Certificate = { certificate: join(this.#dir, 'authority.pem'), key: join(this.#dir, 'authority.key') }
  #signed = 0

  constructor() {
    this.#make(this.#own, ['-subj', '/CN=authority of a test', '-days', '2', '-addext', 'basicConstraints=critical,CA:TRUE'])
  }

  /** Where its own certificate is. */
  get file(): string {
    return this.#own.certificate
  }

  /** Its own certificate, as text: what trusts it takes this. */
  get pem(): string {
    return readFileSync(this.#own.certificate, 'utf8')
  }

  /** @param days until it ends */
  sign({ days = 1, name: host = '127.0.0.1' }: { days?: number; name?: string } = {}): Certificate {
    const name = join(this.#dir, String((this.#signed += 1)))
    const made = { certificate: `${name}.pem`, key: `${name}.key` }
    const { certificate, key } = this.#own
    const use = ['-addext', `subjectAltName=${isIP(host) ? 'IP' : 'DNS'}:${host}`, '-addext', 'basicConstraints=critical,CA:FALSE']
    this.#make(made, ['-subj', `/CN=${host}`, '-days', String(days), '-CA', certificate, '-CAkey', key, ...use])
    return made
  }

  #make({ certificate, key }: Certificate, what: readonly string[]): void {
    const pair = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', certificate]
    execFileSync('openssl', ['req', ...pair, ...what], { stdio: ['ignore', 'ignore', 'pipe'] })
  }
}

/** What Chromium is told to trust a certificate by: SHA-256 of its public key (RFC 7469). */
export const pinOf = ({ certificate }: Certificate): string =>
  createHash('sha256').update(new X509Certificate(readFileSync(certificate)).publicKey.export({ type: 'spki', format: 'der' })).digest('base64')

/** As `fetch`, of servers whose certificate this authority signed. */
export const fetchTrusting =
  (ca: string): typeof fetch =>
  (url, { method = 'GET', headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const options = { ca, method, headers: Object.fromEntries(new Headers(headers)), ...(signal && { signal }) }
      const asked = request(String(url), options, (answer) => void text(answer).then((read) => resolve(new Response(read || null, { status: answer.statusCode ?? 0 })), reject))
      asked.on('error', reject).end(body)
    })
