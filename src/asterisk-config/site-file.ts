import { z } from 'zod'
import { siteDefaults } from './site.js'

const port = z.int().min(1).max(65_535)
const address = z.union([z.ipv4(), z.ipv6()])
const pathAtAsterisk = z.string().regex(/^\/[\w./-]+$/, 'the whole path of a file, as Asterisk sees it')
const seconds = z.int().min(1).max(86_400)

/** What a site's own file says. */
export const siteSchema = z.strictObject({
  sip: z.strictObject({ address, port: port.default(5060) }),
  media: z.strictObject({ address, firstPort: port, lastPort: port }).refine(({ firstPort, lastPort }) => firstPort < lastPort, {
    error: 'firstPort must be below lastPort',
  }),
  http: z.strictObject({ address, port: port.default(8088), sessions: z.int().min(10).max(100_000).default(1000) }),
  tls: z
    .strictObject({
      address,
      sipPort: port.default(5061),
      httpPort: port.default(8089),
      certificate: pathAtAsterisk,
      key: pathAtAsterisk,
      engines: z.array(address).min(1).max(16).default(['127.0.0.1', '::1']),
    })
    .nullable()
    .default(siteDefaults.tls),
  neighbourNumber: z
    .string()
    .regex(/^\+?[0-9]{1,15}$/)
    .default(siteDefaults.neighbourNumber),
  fallback: z.strictObject({ queueSeconds: seconds, neighbourSeconds: seconds }).default(siteDefaults.fallback),
  rtpTimeouts: z
    .strictObject({ trunkSeconds: seconds, neighbourSeconds: seconds.default(siteDefaults.rtpTimeouts.neighbourSeconds), phoneSeconds: seconds, browserSeconds: seconds.default(siteDefaults.rtpTimeouts.browserSeconds), holdSeconds: seconds })
    .default(siteDefaults.rtpTimeouts),
})
