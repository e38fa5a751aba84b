/** A regulator at home or in a surgery (R-N2-6): the same page, by HTTPS and WSS, its sound through TURN where nothing else passes. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Authority } from '../../lab/certificates.js'
import { ownAddress } from '../../lab/ports.js'
import { startTurn, type Turn } from '../../lab/turn.js'
import { heardBy, House, pickUp } from './house.js'

const secret = 'shared by engine and TURN server'
let house: House
let turn: Turn
beforeAll(async () => {
  const authority = new Authority()
  const tls = { certificate: authority.sign(), ca: authority.pem }
  turn = await startTurn({ secret, certificate: tls.certificate, relayed: ownAddress() })
  const iceServers = JSON.stringify([{ urls: `turn:${turn.address}?transport=udp` }])
  house = await House.open({ tls, address: ownAddress(), environment: { DECROCHE_ICE_SERVERS: iceServers, DECROCHE_TURN_SECRET: secret } })
})
afterAll(async () => {
  await house?.close()
  await turn?.stop()
})
afterEach(() => house.clear())

/** Kinds of addresses that the page found for its sound, and the one it uses (W3C webrtc-stats). */
const addressesOf = (page: Page): Promise<{ found: string[]; used: string | null }> =>
  page.evaluate(async () => {
    const { connections } = window as unknown as { connections: RTCPeerConnection[] }
    const stats: { id: string; type: string; candidateType?: string; localCandidateId?: string; nominated?: boolean }[] = []
    ;(await connections.at(-1)?.getStats())?.forEach((one) => stats.push(one))
    const pair = stats.find(({ type, nominated }) => type === 'candidate-pair' && nominated)
    const found = stats.filter(({ type }) => type === 'local-candidate')
    return { found: found.map(({ candidateType = '' }) => candidateType), used: found.find(({ id }) => id === pair?.localCandidateId)?.candidateType ?? null }
  })

it('is signed in, told all, rung and heard, by HTTPS and WSS alone', async () => {
  const page = await house.visit('/')
  const asked = new Set<string>()
  page.on('request', (request) => asked.add(new URL(request.url()).protocol))
  page.on('websocket', (socket) => asked.add(new URL(socket.url()).protocol))
  await house.signIn(page, 'arm01')
  await page.getByText('Téléphone prêt').waitFor()
  await page.keyboard.press('v')
  await page.locator('.state:not(.signed-out)').waitFor()
  const caller = await house.callTo(page, '15')
  await page.keyboard.press('1')
  await page.getByText('Transfert demandé').waitFor()
  await caller.call.hangup()
  expect(asked).toEqual(new Set(['https:', 'wss:']))
  expect(await page.context().cookies(`${house.origin}/auth`)).toMatchObject([{ secure: true, httpOnly: true, sameSite: 'Strict' }])
})

it.each(['udp', 'tcp', 'tls'] as const)('talks through a TURN server alone, over %s, by the credentials that the engine gave', async (way) => {
  const urls = { udp: [`turn:${turn.address}?transport=udp`], tcp: [`turn:${turn.address}?transport=tcp`], tls: [`turns:${turn.secure}?transport=tcp`] }[way]
  const arm = await house.desk('arm01', { turn: { urls } })
  const caller = await house.callTo(arm, '15')
  const { found, used } = await addressesOf(arm)
  expect(used).toBe('relay')
  expect(new Set(found)).toEqual(new Set(['relay']))
  // Until when, and for whom.
  expect(turn.log()).toMatch(/user <\d{10}:arm01-web>: incoming packet CHANNEL_BIND processed, success/)
  await caller.call.hangup()
})

it('gets nothing through it by other credentials', async () => {
  const arm = await house.desk('arm01', { turn: { credential: 'none that was given' } })
  const caller = await house.dial('15')
  await pickUp(arm)
  await caller.call.answered
  await expect.poll(() => turn.log()).toContain('check_stun_auth: Cannot find credentials')
  await arm.waitForFunction(() => (window as unknown as { connections: RTCPeerConnection[] }).connections.at(-1)?.iceGatheringState === 'complete')
  expect(await addressesOf(arm)).toEqual({ found: [], used: null })
  expect((await heardBy(arm)).packets).toBe(0)
  await caller.call.hangup()
})
