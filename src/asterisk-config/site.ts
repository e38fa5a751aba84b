/** Where one Asterisk stands: addresses, ports, secrets and directories. What it does is the SAS's own file. */
import { createHmac } from 'node:crypto'

export interface PbxSite {
  /** Stasis application that the engine registers under. */
  app: string
  /** SIP over UDP and over TCP share the port. */
  sip: { address: string; port: number }
  /** RTP and RTCP; four ports per bridged call. */
  media: { address: string; firstPort: number; lastPort: number }
  /** ARI and SIP over websocket. */
  http: { address: string; port: number; sessions: number }
  /** For phones and browsers that come over networks of others; null where none do. */
  tls: PbxTls | null
  ari: { user: string; password: string }
  /** Master secret from which every phone's password is derived. */
  sipSecret: string
  dirs: PbxDirectories
  /** Number that the neighbour SAS expects on its side of our trunk. */
  neighbourNumber: string
  fallback: { queueSeconds: number; neighbourSeconds: number }
  /**
   * A leg with no RTP for this long is taken for dead. Trunks are given longer: an emergency caller is not hung up for
   * a short loss. On hold, nothing is expected for a long time; but a browser goes on sending, muted and on hold too.
   */
  rtpTimeouts: { trunkSeconds: number; neighbourSeconds: number; phoneSeconds: number; browserSeconds: number; holdSeconds: number }
}

/** SIP and websocket over TLS: where, and with whose certificate (PEM files, as Asterisk sees them). */
export interface PbxTls {
  address: string
  sipPort: number
  /** SIP over websocket, and nothing else to whoever is no engine. */
  httpPort: number
  /** With its chain, its own first. */
  certificate: string
  key: string
  /** Where engines are: only they reach ARI. */
  engines: string[]
}

/** As Asterisk sees them, inside its own root or container. */
export interface PbxDirectories {
  etc: string
  modules: string
  data: string
  state: string
  run: string
  log: string
  /** Below it, `recording` holds recorded conversations, and must be there. */
  spool: string
  /** Where the fallback keeps its record, and nothing else is: the engine reads there. */
  record: string
  /** What callers hear, and below it a directory for each class that the SAS names. */
  music: string
}

/** What a site need not say. */
export const siteDefaults = {
  app: 'decroche',
  tls: null,
  neighbourNumber: '15',
  fallback: { queueSeconds: 30, neighbourSeconds: 30 },
  rtpTimeouts: { trunkSeconds: 120, neighbourSeconds: 8, phoneSeconds: 20, browserSeconds: 5, holdSeconds: 900 },
} as const satisfies Partial<PbxSite>

/** Debian's package layout. */
export const debianDirectories: PbxDirectories = {
  etc: '/etc/asterisk',
  modules: '/usr/lib/x86_64-linux-gnu/asterisk/modules',
  data: '/usr/share/asterisk',
  state: '/var/lib/asterisk',
  run: '/run/asterisk',
  log: '/var/log/asterisk',
  spool: '/var/spool/asterisk',
  record: '/var/spool/asterisk/fallback',
  music: '/usr/share/asterisk/moh',
}

/** Digest password of a SIP endpoint: 24 characters of HMAC-SHA256 over its name, so that no list of passwords is kept. */
export function sipPassword(secret: string, endpoint: string): string {
  return createHmac('sha256', secret).update(endpoint).digest('base64url').slice(0, 24)
}
