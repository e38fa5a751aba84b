/** Who somebody is: the name in their certificate, and nothing that they say. */
import { X509Certificate, constants } from 'node:crypto'
import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from 'node:tls'

/** Both sides show a certificate at each connection: a resumed session would show none. */
export const tlsRules = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const

/** As a dNSName of the certificate, or as its common name where it has none; no wildcard stands for a SAS. */
export const isNamed = (certificate: X509Certificate, name: string): boolean =>
  certificate.checkHost(name, { subject: 'default', wildcards: false }) !== undefined

/** For whoever connects: the server must be who is meant, at whatever address. */
export const checkNamed =
  (name: string) =>
  (_host: string, certificate: PeerCertificate | DetailedPeerCertificate): Error | undefined =>
    isNamed(new X509Certificate(certificate.raw), name) ? undefined : new UnknownCertificate()

export class UnknownCertificate extends Error {
  override readonly name = 'UnknownCertificate'
  constructor() {
    super('the certificate has another name')
  }
}

export interface Named {
  readonly certificateName: string
}

/** Null for nobody, and where one certificate could be two of them. */
export const identify = <Peer extends Named>(socket: TLSSocket, peers: readonly Peer[]): { readonly peer: Peer; readonly validUntil: number } | null => {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return null
  const [peer, other] = peers.filter(({ certificateName }) => isNamed(certificate, certificateName))
  return peer && !other ? { peer, validUntil: Date.parse(certificate.validTo) } : null
}
