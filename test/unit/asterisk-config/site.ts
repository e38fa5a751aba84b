/** Where the Asterisk of the unit tests stands. */
import { debianDirectories, siteDefaults, type PbxSite } from '../../../src/asterisk-config/site.js'

export const site: PbxSite = {
  ...siteDefaults,
  sip: { address: '192.0.2.10', port: 5060 },
  media: { address: '192.0.2.10', firstPort: 20_000, lastPort: 20_999 },
  http: { address: '127.0.0.1', port: 8088, sessions: 500 },
  ari: { user: 'engine', password: 'secret-of-ari' },
  sipSecret: 'master',
  dirs: debianDirectories,
}
