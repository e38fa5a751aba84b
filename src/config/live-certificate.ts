/**
 * The certificates that this engine shows, to browsers and to neighbours, and their renewal while it runs: read again with the SAS's file, in
 * force from the next connection on. A wrong one is refused at the start; later, the one before stays.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { EnvironmentError, type TlsFiles, type TrustFiles } from './environment.js'

/** What connections are made with. */
export interface Pem {
  readonly cert: string
  readonly key: string
}

export interface NeighbourTls extends Pem {
  /** Who signs the others'. */
  readonly ca: string
}

interface Read<P extends Pem> {
  readonly pem: P
  /** Of the certificate, milliseconds since the epoch. */
  readonly from: number
  readonly until: number
  /** The first end among those who sign the others'. */
  readonly trustUntil: number | null
}

/** What is to be told of it. */
export type Standing = 'in-force' | 'expired' | 'not-yet'

/** What of it does not depend on who serves with it. */
export type Renewable = Pick<LiveCertificate<Pem>, 'name' | 'standing' | 'until' | 'trustUntil' | 'readAgain'>

export class LiveCertificate<P extends Pem> {
  #read: Read<P>
  #use: (pem: P) => void = () => {}

  /** @throws EnvironmentError with what is wrong, never with what is in a file */
  constructor(
    readonly name: 'http' | 'neighbours',
    private readonly readFiles: () => Read<P>,
    private readonly now: () => number,
  ) {
    this.#read = readFiles()
  }

  get pem(): P {
    return this.#read.pem
  }

  /** Its last moment, milliseconds since the epoch. */
  get until(): number {
    return this.#read.until
  }

  /** When the first of those who sign the others' ends; null where nobody else shows one. */
  get trustUntil(): number | null {
    return this.#read.trustUntil
  }

  /** One that is over is served all the same: some come through with a warning, and nobody without TLS. */
  get standing(): Standing {
    return this.#standingOf(this.#read)
  }

  /** @param use what makes connections, to be told of each renewal */
  serve(use: (pem: P) => void): void {
    this.#use = use
  }

  /**
   * @returns whether it is another one
   * @throws EnvironmentError: then nothing has changed
   */
  readAgain(): boolean {
    const read = this.readFiles()
    if (JSON.stringify(read.pem) === JSON.stringify(this.#read.pem)) return false
    const standing = this.#standingOf(read)
    if (standing !== 'in-force' && this.standing === 'in-force') throw new EnvironmentError([`${this.name}: the new certificate ${standing === 'expired' ? 'has expired' : 'is not yet valid'}`])
    this.#use(read.pem)
    this.#read = read
    return true
  }

  #standingOf({ from, until }: Read<P>): Standing {
    const at = this.now()
    return at > until ? 'expired' : at < from ? 'not-yet' : 'in-force'
  }
}

/** What browsers are shown. @throws EnvironmentError */
export const httpCertificate = (files: TlsFiles, now: () => number): LiveCertificate<Pem> =>
  new LiveCertificate('http', () => {
    const faults: string[] = []
    const own = readPair('DECROCHE_TLS', files, faults)
    if (!own) throw new EnvironmentError(faults)
    return { ...own, trustUntil: null }
  }, now)

/** What neighbours are shown, and whom of them to trust. @throws EnvironmentError */
export const neighbourCertificate = (files: TrustFiles, now: () => number): LiveCertificate<NeighbourTls> =>
  new LiveCertificate('neighbours', () => {
    const faults: string[] = []
    const own = readPair('DECROCHE_NEIGHBOURS', files, faults)
    const ca = read('DECROCHE_NEIGHBOURS_CA: the certificates', files.ca, allIn, faults)
    if (!own || !ca) throw new EnvironmentError(faults)
    return { ...own, pem: { ...own.pem, ca: ca.text }, trustUntil: Math.min(...ca.parsed.map(endOf)) }
  }, now)

const readPair = (variables: string, files: TlsFiles, faults: string[]): Omit<Read<Pem>, 'trustUntil'> | null => {
  const cert = read(`${variables}_CERT: the certificate`, files.certificate, allIn, faults)
  const key = read(`${variables}_KEY: the key`, files.key, createPrivateKey, faults)
  if (!cert || !key) return null
  const [own] = cert.parsed
  if (!own.checkPrivateKey(key.parsed)) {
    faults.push(`${variables}_KEY is not the key of the first certificate in ${variables}_CERT`)
    return null
  }
  return { pem: { cert: cert.text, key: key.text }, from: Date.parse(own.validFrom), until: endOf(own) }
}

const read = <T>(what: string, file: string, parse: (text: string) => T, faults: string[]): { readonly text: string; readonly parsed: T } | null => {
  try {
    const text = readFileSync(file, 'utf8')
    return { text, parsed: parse(text) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    faults.push(`${what} cannot be read: ${code?.startsWith('E') && !code.startsWith('ERR_') ? code : 'not PEM, or incomplete'}`)
    return null
  }
}

const certificates = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Each is tried: of one among several that cannot be read, TLS would say nothing. */
const allIn = (text: string): readonly [X509Certificate, ...X509Certificate[]] => {
  const [first, ...others] = (text.match(certificates) ?? []).map((one) => new X509Certificate(one))
  if (!first) throw new Error('no certificate')
  return [first, ...others]
}

const endOf = ({ validTo }: X509Certificate): number => Date.parse(validTo)
