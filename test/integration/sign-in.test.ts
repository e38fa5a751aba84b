/** Signing in with a real engine, Redis and Asterisk: what outlives each of them, and what ends at once. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAccounts } from '../../lab/accounts.js'
import { startAsterisk, type Asterisk } from '../../lab/asterisk.js'
import type { ApiError } from '../../lab/api-client.js'
import { PageClient, type PageAnswer } from '../../lab/page-client.js'
import { projectRoot } from '../../lab/paths.js'
import { Stack } from '../../lab/stack.js'
import type { SipCredentials } from '../../src/auth/browser-phones.js'
import { BrowserLine } from './browser-line.js'

let stack: Stack
let passwords: ReadonlyMap<string, string>
let asterisk: Asterisk
const lines: BrowserLine[] = []

beforeAll(async () => {
  stack = await Stack.start({ redis: { aof: 'always' }, asterisk: { rtpPorts: 50 } })
  asterisk = stack.asterisk as Asterisk
  passwords = await openAccounts(stack.redisUrl, stack.config)
  await (await stack.startEngine()).active
})
afterAll(async () => {
  for (const line of lines) line.close()
  stack?.redis?.resume()
  await stack?.stop()
  await asterisk?.stop()
})

const engineUrl = (): string => stack.engines.at(-1)!.url
const page = (): PageClient => new PageClient(engineUrl())
const enter = async (account: string): Promise<{ page: PageClient; answer: PageAnswer }> => {
  const client = page()
  await expect.poll(async () => (await client.signIn(account, passwords.get(account)!)).status, { timeout: 10_000 }).toBe(200)
  return { page: client, answer: await client.refresh() }
}
const statusOf = async (work: Promise<unknown>): Promise<number> =>
  work.then(
    () => 200,
    (error: ApiError) => error.status,
  )
const room = (client: PageClient, answer: PageAnswer): Promise<number> => statusOf(client.with(answer).get('room'))
const phoneOf = async (client: PageClient, answer: PageAnswer): Promise<SipCredentials> => (await client.with(answer).post('sip-credentials', {})) as SipCredentials
const lineFor = async (endpoint: string): Promise<BrowserLine> => {
  const line = await BrowserLine.open(asterisk.wsUrl, endpoint)
  lines.push(line)
  return line
}

describe('decroche account', () => {
  const account = (args: readonly string[], input = '') =>
    spawnSync(process.execPath, [join(projectRoot(), 'dist', 'src', 'cli.js'), 'account', ...args], { encoding: 'utf8', input, env: { ...process.env, ...stack.engineEnvironment(0) } })

  it('sets a password that lets one in, and says why another is none', async () => {
    const set = account(['set', 'arm04'], 'une phrase assez longue\n')
    expect([set.status, set.stdout, set.stderr]).toEqual([0, '', ''])
    expect((await page().signIn('arm04', 'une phrase assez longue')).status).toBe(200)
    expect(account(['set', 'arm04'], 'trop court\n')).toMatchObject({ status: 1, stderr: 'a password has 12 to 256 characters: nothing has changed\n' })
    expect(account(['set', 'nobody'], 'une phrase assez longue\n')).toMatchObject({ status: 1, stderr: 'nobody is neither under people nor under accounts of the file\n' })
  })

  it('lists and removes; who had it is let in no more', async () => {
    const listed = account(['list', '--json']).stdout.trim().split('\n').map((line) => JSON.parse(line) as object)
    expect(listed).toContainEqual({ id: 'arm04', rights: ['agent'], setAt: expect.any(Number) as number, inFile: true })
    const client = page()
    expect((await client.signIn('arm04', 'une phrase assez longue')).status).toBe(200)
    expect(account(['remove', 'arm04']).status).toBe(0)
    expect(account(['remove', 'arm04'])).toMatchObject({ status: 1, stderr: 'arm04 has no password\n' })
    expect((await client.refresh()).status).toBe(401)
    expect((await page().signIn('arm04', 'une phrase assez longue')).status).toBe(401)
  })
})

describe('the phone of a page', () => {
  it('registers while its session lasts: refused before and after, and not with an older password', async () => {
    const line = await lineFor('arm01-web')
    expect(await line.register('whatever')).toMatch(/^SIP\/2\.0 401 /)
    const { page: client, answer } = await enter('arm01')
    const sip = await phoneOf(client, answer)
    expect(sip).toMatchObject({ username: 'arm01-web', server: asterisk.wsUrl })
    expect(await line.register(sip.password)).toMatch(/^SIP\/2\.0 200 /)
    expect((await client.signOut()).status).toBe(204)
    await expect.poll(() => line.register(sip.password), { timeout: 5_000 }).toMatch(/^SIP\/2\.0 401 /)
    expect(await room(client, answer)).toBe(401)
    const again = await enter('arm01')
    expect((await phoneOf(again.page, again.answer)).password).not.toBe(sip.password)
    expect(await line.register(sip.password)).toMatch(/^SIP\/2\.0 401 /)
  })

  it('is there again after Asterisk was started anew, and no other is', async () => {
    const { page: client, answer } = await enter('arm02')
    const sip = await phoneOf(client, answer)
    await asterisk.kill()
    asterisk = await startAsterisk({ config: stack.config, site: asterisk.site, dir: asterisk.dir })
    const line = await lineFor('arm02-web')
    await expect.poll(() => line.register(sip.password), { timeout: 20_000 }).toMatch(/^SIP\/2\.0 200 /)
    const other = await lineFor('arm03-web')
    await expect.poll(() => other.register(sip.password), { timeout: 5_000 }).toMatch(/^SIP\/2\.0 401 /)
  })

  it('is nobody’s who has none', async () => {
    const { page: client, answer } = await enter('sup01')
    expect(await statusOf(phoneOf(client, answer))).toBe(403)
  })
})

describe('a session', () => {
  it('outlives its engine; one that was ended does not come back, nor does its phone', async () => {
    const [stays, goes] = [await enter('mru01'), await enter('mru02')]
    const [kept, gone] = [await phoneOf(stays.page, stays.answer), await phoneOf(goes.page, goes.answer)]
    await goes.page.signOut()
    await stack.engines.at(-1)!.child.stop('SIGKILL')
    await (await stack.startEngine()).active
    for (const { page: client } of [stays, goes]) client.url = engineUrl()
    await expect.poll(() => room(stays.page, stays.answer), { timeout: 5_000 }).toBe(200)
    expect(await room(goes.page, goes.answer)).toBe(401)
    expect((await stays.page.refresh()).status).toBe(200)
    expect((await goes.page.refresh()).status).toBe(401)
    const line = await lineFor('mru01-web')
    await expect.poll(() => line.register(kept.password), { timeout: 5_000 }).toMatch(/^SIP\/2\.0 200 /)
    expect(await (await lineFor('mru02-web')).register(gone.password)).toMatch(/^SIP\/2\.0 401 /)
  })

  it('is ended at once by a supervisor', async () => {
    const [agent, supervisor] = [await enter('osnp01'), await enter('sup01')]
    const { accessToken } = supervisor.answer.body
    const end = (token: string | undefined) => fetch(`${engineUrl()}/v1/accounts/osnp01/sessions`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
    expect((await end(agent.answer.body.accessToken)).status).toBe(403)
    expect(await (await end(accessToken)).json()).toEqual({ ended: 1 })
    expect(await room(agent.page, agent.answer)).toBe(401)
    expect((await agent.page.refresh()).status).toBe(401)
  })

  it('goes on while Redis is silent, when nobody begins; what happened meanwhile is told it afterwards', async () => {
    const [stays, goes] = [await enter('mrg01'), await enter('mrg02')]
    stack.redis!.pause()
    expect(await room(stays.page, stays.answer)).toBe(200)
    expect((await stays.page.refresh()).status).toBe(200)
    expect((await goes.page.signOut()).status).toBe(204)
    expect((await page().signIn('arm03', passwords.get('arm03')!)).body.error).toBe('unavailable')
    expect(await statusOf(stack.engines.at(-1)!.api.get('room'))).toBe(200)
    stack.redis!.resume()
    await expect.poll(async () => (await page().signIn('arm03', passwords.get('arm03')!)).status, { timeout: 10_000 }).toBe(200)
    await stack.engines.at(-1)!.child.stop('SIGKILL')
    await (await stack.startEngine()).active
    for (const { page: client } of [stays, goes]) client.url = engineUrl()
    await expect.poll(async () => (await stays.page.refresh()).status, { timeout: 5_000 }).toBe(200)
    expect((await goes.page.refresh()).status).toBe(401)
  })
})

describe('the audit', () => {
  it('has who signed in and who was refused, for supervisors only', async () => {
    await page().signIn('arm05', 'pas le bon mot de passe')
    const [agent, supervisor] = [await enter('arm05'), await enter('sup01')]
    expect(await statusOf(agent.page.with(agent.answer).get('audit'))).toBe(403)
    const read = async () => (await supervisor.page.with(supervisor.answer).get('audit?count=50')) as { entries: { kind: string; account: string | null; ip: string | null }[]; next: string | null }
    await expect.poll(async () => (await read()).entries[0]?.kind).toBe('wrong-right')
    const { entries } = await read()
    const theirs = entries.filter(({ account }) => account === 'arm05').map(({ kind }) => kind)
    expect(theirs).toEqual(expect.arrayContaining(['wrong-right', 'signed-in', 'wrong-password']))
    expect(entries.every(({ ip }) => ip === '127.0.0.1' || ip === null)).toBe(true)
    expect(JSON.stringify(entries)).not.toContain('pas le bon')
  })
})
