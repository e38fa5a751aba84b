/** A command asked again after a takeover, with two engines, Redis and Asterisk: answered as it was, and not decided again. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Stack, type EngineProcess } from '../../lab/stack.js'

let stack: Stack
beforeAll(async () => {
  stack = await Stack.start()
  await (await stack.startEngine()).active
  await stack.startEngine()
})
afterAll(() => stack?.stop())

const ask = async ({ url }: EngineProcess, path: string, body: object, key?: string) => {
  const headers = { authorization: `Bearer ${stack.token}`, 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) }
  const answer = await fetch(`${url}/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const { error = null } = (await answer.json().catch(() => ({}))) as { error?: string }
  return { status: answer.status, error, replayed: answer.headers.get('idempotency-replayed') === 'true' }
}

it('is answered as it was by the engine that was killed', async () => {
  const [first, second] = stack.engines as [EngineProcess, EngineProcess]
  const ending = { target: 'mg', by: 'sup01' }
  await ask(first, 'overrides', { kind: 'close', target: 'mg', until: Date.now() + 3_600_000, by: 'sup01' })
  expect(await ask(first, 'overrides/end', ending, 'done')).toEqual({ status: 204, error: null, replayed: false })
  expect(await ask(first, 'agents/arm01/ready', {}, 'refused')).toEqual({ status: 409, error: 'not-signed-in', replayed: false })
  expect(await ask(first, 'agents/arm01/sign-in', {})).toMatchObject({ status: 204 })

  await first.child.stop('SIGKILL')
  await second.active
  expect(await ask(second, 'overrides/end', ending, 'done')).toEqual({ status: 204, error: null, replayed: true })
  expect(await ask(second, 'agents/arm01/ready', {}, 'refused')).toEqual({ status: 409, error: 'not-signed-in', replayed: true })
  expect(await ask(second, 'agents/arm02/ready', {}, 'refused')).toMatchObject({ status: 422, error: 'key-reused' })
  // It would be decided otherwise now.
  expect(await ask(second, 'overrides/end', ending, 'another')).toEqual({ status: 404, error: 'unknown-target', replayed: false })
  expect(await ask(second, 'agents/arm01/ready', {}, 'another one')).toMatchObject({ status: 204, replayed: false })
})
