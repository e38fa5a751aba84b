/** Starts an Asterisk and a Redis, prints their process ids, and waits to be killed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { startAsterisk } from '../../lab/asterisk.js'
import { projectRoot } from '../../lab/paths.js'
import { startRedis } from '../../lab/redis.js'
import { sasSchema } from '../../src/config/schema.js'

const config = sasSchema.parse(parse(readFileSync(join(projectRoot(), 'config', 'sample.yaml'), 'utf8')))
const asterisk = await startAsterisk({ config, rtpPorts: 50 })
const redis = await startRedis()
process.stdout.write(`${JSON.stringify([asterisk.pid, redis.pid])}\n`)
