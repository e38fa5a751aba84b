/**
 * The certificate by which browsers are spoken to, and its renewal while the engine runs: read again with the SAS's file, in force from
 * the next connection on. A wrong one is refused at the start; later, the one before stays.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:https'
import { EnvironmentError, type TlsFiles } from '../config/environment.js'

/** As `node:https` takes it. */
/** Whoever says nothing, as a thousand idle connections would, is cut off, ms. */
const handshakeMsMax = 5_000

export interface SecureOptions {
  readonly cert: string
  readonly key: string
  readonly handshakeTimeout: number
  readonly minVersion: 'TLSv1.2'
}

interface Read {
  readonly options: SecureOptions
  readonly from: number
  readonly until: number
}

/** What is to be told of it. */
export type Standing = 'in-force' | 'expired' | 'not-yet'

export class ServerCertificate {
  #read: Read
  #server: Server | null = null

  /** @throws EnvironmentError with what is wrong, never with what is in a file */
  constructor(
    private readonly files: TlsFiles,
    private readonly now: () => number,
  ) {
    this.#read = readFiles(files)
  }

  get options(): SecureOptions {
    return this.#read.options
  }

  /** Its last moment, milliseconds since the epoch. */
  get until(): number {
    return this.#read.until
  }

  /** One that is over is served all the same: some come through with a warning, and nobody without TLS. */
  get standing(): Standing {
    const at = this.now()
    return at > this.#read.until ? 'expired' : at < this.#read.from ? 'not-yet' : 'in-force'
  }

  /** @param server whose connections have it from now on, renewed too */
  serve(server: Server): void {
    this.#server = server
  }

  /**
   * @returns whether it is another one
   * @throws EnvironmentError: then nothing has changed
   */
  readAgain(): boolean {
    const read = readFiles(this.files)
    if (read.options.cert === this.#read.options.cert && read.options.key === this.#read.options.key) return false
    this.#server?.setSecureContext(read.options)
    this.#read = read
    return true
  }
}

const readFiles = ({ certificate, key }: TlsFiles): Read => {
  const faults: string[] = []
  const attempt = <T>(fault: string, does: () => T): T | null => {
    try {
      return does()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      faults.push(code?.startsWith('E') && !code.startsWith('ERR_') ? `${fault} cannot be read: ${code}` : `${fault} is not one in PEM`)
      return null
    }
  }
  const cert = attempt('DECROCHE_TLS_CERT: the certificate', () => {
    const text = readFileSync(certificate, 'utf8')
    return { text, own: new X509Certificate(text) }
  })
  const secret = attempt('DECROCHE_TLS_KEY: the key', () => {
    const text = readFileSync(key, 'utf8')
    return { text, own: createPrivateKey(text) }
  })
  if (cert && secret && !cert.own.checkPrivateKey(secret.own)) faults.push('DECROCHE_TLS_KEY is not the key of the first certificate in DECROCHE_TLS_CERT')
  if (faults.length > 0 || !cert || !secret) throw new EnvironmentError(faults)
  return { options: { cert: cert.text, key: secret.text, minVersion: 'TLSv1.2', handshakeTimeout: handshakeMsMax }, from: Date.parse(cert.own.validFrom), until: Date.parse(cert.own.validTo) }
}
