/** Programs that are told of calls, and people who sign in. */
import type { Pbx } from '../ari/pbx.js'
import type { AriPort } from '../ari/port.js'
import { readSecrets } from '../config/environment.js'
import { keyOf } from '../jobs/signature.js'
import { Webhooks } from '../jobs/webhooks.js'
import { SigningIn } from '../signing-in.js'
import type { Surroundings } from './surroundings.js'

/** Null where nobody is told. */
export function tellOutside({ env: { redisUrl }, live, engine, metrics, now, log }: Surroundings): Webhooks | null {
  const { sas, lrm: { endpoints } } = live.config
  if (endpoints.length === 0) return null
  const keys = readSecrets(endpoints.map(({ secretEnv }) => secretEnv), keyOf)
  const webhooks = new Webhooks({ redisUrl, sas: sas.id, endpoints, keys, now, onProblem: (error) => log.warn({ error }, 'webhooks'), onDelivery: metrics.onDelivery })
  metrics.links(() => webhooks.links())
  engine.on('loaded', (lastJournalId) => webhooks.start(lastJournalId))
  return webhooks
}

/** Null where nobody signs in. */
export function letIn({ env: { redisUrl, webPhones, oidc, sessionSecret: secret }, live, metrics, now, log }: Surroundings, port: AriPort, pbx: Pbx): SigningIn | null {
  if (secret === null) return null
  const signingIn = new SigningIn({ redisUrl, secret, port, webPhones, oidc, config: () => live.config, now, log, onAudit: metrics.onAudit, onPhoneTaken: () => pbx.expectPhone() })
  metrics.sessions(() => signingIn.sessions.all().length)
  return signingIn
}
