/** Who gets in, who does not, and what they are told; what the pages may load and run. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { isAccessible } from './axe.js'
import { House, signIn } from './house.js'
import { picture } from './picture.js'

let house: House
beforeAll(async () => {
  house = await House.open()
})
afterAll(() => house?.close())
afterEach(() => house.clear())

it('refuses a wrong password in words, and lets the right one in', async () => {
  const page = await house.visit('/')
  await page.getByLabel('Compte').waitFor()
  await picture(page, 'sign-in')
  await isAccessible(page)
  await signIn(page, 'arm01', 'pas le bon mot de passe')
  await page.getByRole('alert').getByText('Compte ou mot de passe incorrect.').waitFor()
  await picture(page, 'sign-in-refused')
  await isAccessible(page)
  await house.signIn(page, 'arm01')
  await page.locator('.desk').waitFor()
})

it('goes on after the page is loaded again, and says so when the session is over', async () => {
  const page = await house.desk('arm01')
  await page.reload()
  await page.locator('.desk').waitFor()
  await page.getByText('Téléphone prêt').waitFor()
  await page.context().request.post(`${house.webRelay.url}/auth/sign-out`, { headers: { origin: house.webRelay.url } })
  await page.getByText('Votre session est terminée.').waitFor()
  await isAccessible(page)
})

it.each([
  ['arm01', '/mur', 'Cette page est réservée aux superviseurs.', 'Aller au poste'],
  ['sup01', '/', 'Ce compte n’a pas de poste d’agent.', 'Aller au mur de supervision'],
] as const)('tells %s at %s that it is not for them', async (account, path, text, link) => {
  const page = await house.visit(path)
  await house.signIn(page, account)
  await page.getByText(text).waitFor()
  await picture(page, `barred-${account}`)
  await isAccessible(page)
  await page.getByRole('link', { name: link }).click()
  await page.locator('.desk, .wall').waitFor()
})

it('leaves the post, and its phone with it', async () => {
  const page = await house.desk('arm01')
  await page.getByRole('button', { name: 'Quitter le poste' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Quitter le poste' }).click()
  await page.getByLabel('Compte').waitFor()
  const { agents } = (await house.engine.api.get('room')) as { agents: { id: string; state: string }[] }
  expect(agents.find(({ id }) => id === 'arm01')?.state).toBe('signed-out')
  await expect.poll(() => house.asterisk.cli('pjsip show contacts')).not.toContain('arm01-web')
})

it('sends its pages under a strict policy, with files that never change', async () => {
  const answer = await fetch(`${house.engine.url}/`)
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  expect(policy).toContain(`connect-src 'self' ${house.sipRelay.url.replace('http:', 'ws:')};`)
  expect(policy).not.toContain('unsafe')
  expect(answer.headers.get('permissions-policy')).toContain('microphone=(self)')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const html = await answer.text()
  expect(html).not.toMatch(/<style|style=|<script(?![^>]* src=)| on\w+=/)
  const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file]) => file as string)
  expect(files.length).toBeGreaterThan(1)
  for (const file of files) {
    const sent = await fetch(house.engine.url + file)
    expect(sent.status).toBe(200)
    expect(sent.headers.get('cache-control')).toContain('immutable')
    expect(sent.headers.get('x-content-type-options')).toBe('nosniff')
  }
  for (const path of ['/assets/..%2findex.html', '/assets/..%2f..%2fsrc%2fcli.js', '/assets/', '/index.html'])
    expect((await fetch(house.engine.url + path)).status, path).toBe(404)
})

it('asks nothing of anybody but its engine and its phone’s Asterisk', async () => {
  const page = await house.visit('/')
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('websocket', (socket) => asked.push(socket.url()))
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await house.signIn(page, 'arm01')
  await page.getByText('Téléphone prêt').waitFor()
  const hosts = new Set(asked.map((url) => new URL(url).host))
  expect(hosts).toEqual(new Set([new URL(house.webRelay.url).host, new URL(house.sipRelay.url).host]))
  expect(complaints.filter((text) => text.includes('Content Security Policy'))).toEqual([])
})
