/** What an engine does for the LRM, as a process of its own that can be killed: `webhook-teller.js REDIS_URL SAS WEBHOOK_URL SECRET`. */
import { lrmEvents } from '../../src/config/lrm-schema.js'
import { keyOf } from '../../src/jobs/signature.js'
import { Webhooks } from '../../src/jobs/webhooks.js'

const [redisUrl = '', sas = '', url = '', secret = ''] = process.argv.slice(2)
const webhooks = new Webhooks({
  redisUrl,
  sas,
  endpoints: [{ id: 'lrm', url, events: [...lrmEvents], secretEnv: 'SECRET' }],
  keys: new Map([['SECRET', keyOf(secret)]]),
  now: Date.now,
  onProblem: (error) => process.stderr.write(`${String(error)}\n`),
  onDelivery: (endpoint, outcome) => process.stdout.write(`${endpoint} ${outcome}\n`),
})
webhooks.start('0-0')
process.stdout.write('started\n')
process.once('SIGTERM', () => void webhooks.stop())
