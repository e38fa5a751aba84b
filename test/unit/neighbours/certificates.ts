/** Certificates as the SAS of a group have them, and those that nobody should have. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratchDirectory } from '../../../lab/scratch.js'
import type { NeighbourTls } from '../../../src/config/live-certificate.js'

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })

/** Signs names. */
export class Authority {
  readonly #dir = scratchDirectory('certificates')
  readonly ca: string

  constructor() {
    openssl('req', '-x509', ...newKey, '-keyout', this.#path('ca.key'), '-out', this.#path('ca.crt'), '-days', '3', '-subj', '/CN=Test authority')
    this.ca = this.#read('ca.crt')
  }

  /** @param days negative for one that is over @param alternatives none for a certificate of a common name alone */
  sign(name: string, { days = 2, alternatives = [name] }: { days?: number; alternatives?: readonly string[] } = {}): NeighbourTls {
    const san = alternatives.map((one) => `DNS:${one}`).join(',')
    const ends = new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\..*/g, '')
    writeFileSync(this.#path('extensions'), san && `subjectAltName=${san}\n`)
    openssl('req', ...newKey, '-keyout', this.#path('leaf.key'), '-out', this.#path('leaf.csr'), '-subj', `/CN=${name}`)
    writeFileSync(this.#path('index'), '')
    writeFileSync(this.#path('config'), `[ca]\ndefault_ca=a\n[a]\ndatabase=${this.#path('index')}\nnew_certs_dir=${this.#dir}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n`)
    openssl('ca', '-batch', '-notext', '-config', this.#path('config'), '-cert', this.#path('ca.crt'), '-keyfile', this.#path('ca.key'), '-in', this.#path('leaf.csr'), '-out', this.#path('leaf.crt'), '-startdate', '20200101000000Z', '-enddate', `${ends}Z`, '-extfile', this.#path('extensions'))
    return { cert: this.#read('leaf.crt'), key: this.#read('leaf.key'), ca: this.ca }
  }

  #path(file: string): string {
    return join(this.#dir, file)
  }

  #read(file: string): string {
    return readFileSync(this.#path(file), 'utf8')
  }
}
