/** A TURN server of one's own: Debian's coturn, with credentials for a time out of a shared secret, as docs/install.md has it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from './certificates.js'
import { freePort, freePortRange } from './ports.js'
import { startChild } from './process.js'
import { scratchDirectory } from './scratch.js'

export interface Turn {
  /** `host:port`, UDP and TCP. */
  readonly address: string
  /** `host:port` over TLS. */
  readonly secure: string
  log(): string
  stop(): Promise<void>
}

/**
 * @param secret of the engine's `DECROCHE_TURN_SECRET`
 * @param relayed where sound goes on from, and Asterisk's own address: it goes nowhere else
 */
export async function startTurn({ secret, certificate, relayed }: { secret: string; certificate: Certificate; relayed: string }): Promise<Turn> {
  const dir = scratchDirectory('turn')
  const [port, tlsPort, ports] = [await freePort(), await freePort(), await freePortRange(50)]
  const config = {
    'listening-ip': '127.0.0.1',
    'relay-ip': relayed,
    'listening-port': port,
    'tls-listening-port': tlsPort,
    'min-port': ports.first,
    'max-port': ports.last,
    cert: certificate.certificate,
    pkey: certificate.key,
    realm: 'decroche',
    'allowed-peer-ip': relayed,
    'static-auth-secret': secret,
    'log-file': 'stdout',
    pidfile: join(dir, 'pid'),
    userdb: join(dir, 'turndb'),
  }
  const denied = ['0.0.0.0-255.255.255.255', '::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'].map((peers) => `denied-peer-ip=${peers}`)
  const flags = ['use-auth-secret', 'no-multicast-peers', 'no-tlsv1', 'no-tlsv1_1', 'no-cli', 'no-dtls', 'verbose']
  const file = join(dir, 'turnserver.conf')
  writeFileSync(file, `${[...Object.entries(config).map(([name, value]) => `${name}=${value}`), ...denied, ...flags].join('\n')}\n`, { mode: 0o600 })
  const child = await startChild({ command: 'turnserver', args: ['-c', file] })
  await child.waitForOutput(/TCP listener opened on.*:\d+/i, 10_000)
  return {
    address: `127.0.0.1:${port}`,
    secure: `127.0.0.1:${tlsPort}`,
    log: () => child.output(),
    stop: async () => {
      await child.stop('SIGTERM')
      ports.release()
    },
  }
}
