/** The identity provider's button: there, back and at work, or told in words why not. */
import { OAuth2Server, type MutableToken } from 'oauth2-mock-server'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Relay } from '../../lab/relay.js'
import { isAccessible } from './axe.js'
import { House, pickUp, takePost, talk } from './house.js'
import { picture } from './picture.js'

let provider: OAuth2Server
/** Between everybody and the provider. */
let relay: Relay
let house: House
beforeAll(async () => {
  provider = new OAuth2Server()
  await provider.issuer.keys.generate('RS256')
  await provider.start(0, '127.0.0.1')
  relay = await Relay.start(`http://127.0.0.1:${provider.address().port}`)
  const issuer = (provider.issuer.url = relay.url)
  house = await House.open({ environment: { DECROCHE_OIDC_ISSUER: issuer, DECROCHE_OIDC_CLIENT_ID: 'decroche', DECROCHE_OIDC_CLIENT_SECRET: 'of this client' } })
})
afterAll(async () => {
  await house?.close()
  await relay.stop()
  await provider.stop()
})
afterEach(async () => {
  provider.service.removeAllListeners()
  await house.clear()
})

/** Whom the provider names. */
const names = (account: string): void => void provider.service.on('beforeTokenSigning', (token: MutableToken) => Object.assign(token.payload, { preferred_username: account }))
const button = { name: 'Se connecter avec Pro Santé Connect' }

it('says so when the provider does not answer, and lets one try again', async () => {
  names('arm01')
  relay.refuse()
  const page = await house.visit('/')
  await page.getByRole('link', button).click()
  await page.getByRole('alert').getByText('Le fournisseur d’identité ne répond pas.').waitFor()
  await isAccessible(page)
  relay.accept()
  await page.getByRole('link', button).click()
  await page.locator('.desk').waitFor()
})

it('signs in by the button, and the page is at work', async () => {
  names('arm01')
  const page = await house.visit('/')
  const visited: string[] = []
  page.on('request', (request) => request.isNavigationRequest() && visited.push(new URL(request.url()).origin))
  await page.getByRole('link', button).waitFor()
  await picture(page, 'sign-in-provider')
  await isAccessible(page)
  await page.getByRole('link', button).click()
  await takePost(page)
  expect(visited).toContain(provider.issuer.url)
  expect(page.url()).toBe(`${house.webRelay.url}/`)
  expect(await page.locator('.who').first().innerText()).toContain('arm01')
  const caller = await house.dial('15')
  await pickUp(page)
  await talk(page, caller)
  await page.reload()
  await page.locator('.desk').waitFor()
})

it('says so when the provider names nobody of this SAS', async () => {
  names('somebody')
  const page = await house.visit('/')
  await page.getByRole('link', button).click()
  await page.getByRole('alert').getByText('Le fournisseur d’identité n’a pas confirmé votre compte.').waitFor()
  await isAccessible(page)
  // The way in by password is still there.
  await house.signIn(page, 'arm01')
  await page.locator('.desk').waitFor()
})
