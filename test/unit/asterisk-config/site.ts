/** Where the Asterisk of the unit tests stands. */
import { debianDirectories, siteDefaults, type PbxSite, type PbxTls } from '../../../src/asterisk-config/site.js'

export const site: PbxSite = {
  ...siteDefaults,
  sip: { address: '192.0.2.10', port: 5060 },
  media: { address: '192.0.2.10', firstPort: 20_000, lastPort: 20_999 },
  http: { address: '127.0.0.1', port: 8088, sessions: 500 },
  ari: { user: 'engine', password: 'secret-of-ari' },
  sipSecret: 'master',
  dirs: debianDirectories,
}

/** For a site of theirs that is secure. */
export const tls: PbxTls = { address: '192.0.2.10', sipPort: 5061, httpPort: 8089, certificate: '/keys/chain.pem', key: '/keys/key.pem', engines: ['127.0.0.1', '192.0.2.11'] }
