/** The certificates of the link to neighbours, read from their files and tried: a fault is found at the start, not by the first call to give. */
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** PEM. */
export interface NeighbourTls {
  readonly cert: string
  readonly key: string
  /** Who signs the others'. */
  readonly ca: string
}

type Names = Readonly<Record<keyof NeighbourTls, string>>

const certificates = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** @param files their paths @param variables which name them @param faults is added to; null then */
export const readNeighbourTls = (files: Names, variables: Names, faults: string[]): NeighbourTls | null => {
  const read = <T>(which: keyof NeighbourTls, wanted: string, parse: (pem: string) => T): { readonly pem: string; readonly parsed: T } | null => {
    try {
      const pem = readFileSync(files[which], 'utf8')
      return { pem, parsed: parse(pem) }
    } catch {
      faults.push(`${variables[which]} must name a readable file with ${wanted}`)
      return null
    }
  }
  const cert = read('cert', 'a PEM certificate', firstOf)
  const key = read('key', 'a PEM private key without a passphrase', createPrivateKey)
  const ca = read('ca', 'PEM certificates', firstOf)
  if (!cert || !key || !ca) return null
  if (cert.parsed.checkPrivateKey(key.parsed)) return { cert: cert.pem, key: key.pem, ca: ca.pem }
  faults.push(`${variables.key} must be the key of ${variables.cert}`)
  return null
}

/** All are tried: of one that cannot be read, TLS would say nothing. */
const firstOf = (pem: string): X509Certificate => {
  const [first] = (pem.match(certificates) ?? []).map((one) => new X509Certificate(one))
  if (!first) throw new Error('no certificate')
  return first
}
