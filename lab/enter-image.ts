/**
 * Runs the engine from its image against a real Asterisk and Redis, and waits until the image's own health check passes.
 * Called by scripts/image, which tells how to run something in the container: one word a line.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { loadConfig } from '../src/config/load.js'
import { startAsterisk } from './asterisk.js'
import { projectRoot } from './paths.js'
import { freePort } from './ports.js'
import { startChild } from './process.js'
import { startRedis } from './redis.js'

const limitMs = 60_000
const retryMs = 250

const { DECROCHE_IMAGE_RUN: runWords = '', DECROCHE_IMAGE_CONTAINER: container = '' } = process.env
const root = projectRoot()
const asterisk = await startAsterisk({ config: loadConfig(join(root, 'config', 'sample.yaml')), rtpPorts: 50 })
const redis = await startRedis()
const port = await freePort()
const environment = {
  DECROCHE_CONFIG: '/app/config/sample.yaml',
  DECROCHE_REDIS_URL: redis.url,
  DECROCHE_ARI_URL: asterisk.ariUrl,
  DECROCHE_ARI_USER: asterisk.user,
  DECROCHE_ARI_PASSWORD: asterisk.password,
  DECROCHE_API_TOKEN: randomBytes(18).toString('base64url'),
  DECROCHE_SIP_SECRET: asterisk.sipSecret,
  DECROCHE_HTTP_HOST: '127.0.0.1',
  DECROCHE_HTTP_PORT: String(port),
}
/** What the Dockerfile says, so that what is proved is what will run. */
const instruction = (name: string): string[] => {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n')
  const line = lines.findLast((each) => each.startsWith(name)) ?? ''
  return JSON.parse(line.slice(line.indexOf('['))) as string[]
}
const inContainer = (command: readonly string[]): { command: string; args: string[] } => {
  const variables = Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const [program = '', ...words] = runWords.split('\n')
  return { command: program, args: [...words, ...variables, container, '--', ...command] }
}

const engine = await startChild(inContainer(instruction('CMD')))
const deadline = Date.now() + limitMs
let ready = false
while (!ready && engine.running && Date.now() < deadline) {
  const check = await startChild(inContainer(instruction('HEALTHCHECK')))
  const { code } = await check.exited
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
  ready = code === 0 && answer?.status === 200
  if (!ready) await pause(retryMs)
}
if (!ready) process.stderr.write(`${engine.output().slice(-3000)}\n`)
await engine.stop()
await asterisk.stop()
await redis.stop()
process.exit(ready ? 0 : 1)
