/** The supervisor's wall: what happens stands there within 300 ms, and supervisors act from it. */
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Authority } from '../../lab/certificates.js'
import { Neighbours, type OwnState } from '../../src/neighbours/neighbours.js'
import { isAccessible } from './axe.js'
import { deskHz, House, pageHears, pickUp, talk, voiceHz } from './house.js'
import { picture } from './picture.js'

let house: House
let neighbour: Neighbours
/** Null is Down. */
let neighbourState: OwnState | null = { positions: { n1: { open: true, free: 2, staffed: 4, waiting: 0, expectedWaitMs: null } }, queueLengthMax: 100 }
beforeAll(async () => {
  const authority = new Authority()
  const [own, theirs] = [authority.sign({ name: 'demo' }), authority.sign({ name: 'sas-68' })]
  neighbour = new Neighbours({
    sas: 'sas-68',
    listen: { host: '127.0.0.1', port: 0 },
    tls: { cert: readFileSync(theirs.certificate, 'utf8'), key: readFileSync(theirs.key, 'utf8'), ca: authority.pem },
    peers: [{ id: 'demo', urls: [], certificateName: 'demo' }],
    state: () => neighbourState,
    onAsk: async () => 'busy',
    onDrop: () => {},
  })
  await neighbour.start()
  house = await House.open({
    change: (sas) => {
      for (const person of sas.people) if (person.id === 'mru02') person.rights = ['supervisor']
      sas.staffing = [{ id: 'mru', label: 'MRU présent', role: 'MRU' }]
      sas.neighbours = [{ id: 'sas-68', label: 'SAS du Haut-Rhin', trunk: 'neighbour', urls: [`https://127.0.0.1:${neighbour.port}`], receive: { atOnce: 2 } }]
      sas.giving = [{ id: 'entraide', label: 'Entraide du Rhin', to: ['sas-68'], when: 'by-hand', atOnce: 2 }]
    },
    environment: { DECROCHE_NEIGHBOURS_CERT: own.certificate, DECROCHE_NEIGHBOURS_KEY: own.key, DECROCHE_NEIGHBOURS_CA: authority.file },
  })
})
afterAll(async () => {
  await house?.close()
  await neighbour?.stop()
})
afterEach(() => house.clear())

const shownMsMax = 300
/** Other work on the same two cores delays some. */
const shownMsMaxUnderLoad = 5_000

it('shows each change within 300 ms, and who waits since when', async () => {
  const wall = await house.wall()
  const delays = await watchDelays(wall)
  const tile = wall.locator('.level-tile').first()
  expect(await wall.locator('.alarm').innerText()).toMatch(/MRU présent\s: 0 sur 1/)
  const callers = []
  for (let turn = 0; turn < 4; turn++) {
    callers.push(await house.dial(turn % 2 === 0 ? '15' : '116117'))
    await tile.locator('.count').getByText(String(turn + 1), { exact: true }).waitFor()
  }
  const oldest = await tile.locator('.oldest').innerText()
  await expect.poll(() => tile.locator('.oldest').innerText()).not.toBe(oldest)
  for (const person of ['arm02', 'osnp01', 'mrg01', 'mru01']) await house.engine.api.signIn(person)
  await wall.locator('.alarm').waitFor({ state: 'detached' })
  const arm = await house.desk('arm01')
  await pickUp(arm)
  await wall.locator('.person.talking').getByText('arm01').waitFor()
  await picture(wall, 'wall')
  await isAccessible(wall)
  await wall.emulateMedia({ colorScheme: 'dark' })
  await picture(wall, 'wall-dark')
  await isAccessible(wall)
  expect(await wall.evaluate(() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth])).toEqual([1080, 1920])
  const cut = await wall.evaluate(() => [...document.querySelectorAll('.tile')].filter((tile) => tile.scrollHeight > tile.clientHeight + 1).map((tile) => tile.className))
  expect(cut).toEqual([])
  for (const { call } of callers) await call.hangup()
  await tile.locator('.count').getByText('0', { exact: true }).waitFor()
  const seen = (await delays()).sort((one, other) => one - other)
  const p95 = seen[Math.floor(seen.length * 0.95)] ?? Infinity
  console.log(`wall: ${seen.length} changes drawn, p50 ${seen[Math.floor(seen.length / 2)]} ms, p95 ${p95} ms, most ${seen.at(-1)} ms after the engine decided`)
  // Enough to judge; the quicker the machine, the more of them come in one.
  expect(seen.length).toBeGreaterThanOrEqual(10)
  expect(seen[Math.floor(seen.length / 2)]).toBeLessThan(shownMsMax)
  expect(seen.at(-1)).toBeLessThan(shownMsMaxUnderLoad)
})

it('tells why somebody waited, and moves people and calls', async () => {
  const wall = await house.wall()
  const arm = await house.desk('arm01')
  await house.callTo(arm, '15')
  await wall.locator('.calls-tile .caller-row').click()
  const story = wall.locator('.story')
  await story.getByText('Entre dans la file Premier décroché à son arrivée').waitFor()
  await story.getByText('Sonne chez arm01, seul disponible').last().waitFor()
  await story.getByText('arm01 décroche après').waitFor()
  await picture(wall, 'wall-why')
  await isAccessible(wall)
  await wall.getByRole('button', { name: 'Transférer' }).click()
  await wall.keyboard.type('générale')
  await wall.keyboard.press('Enter')
  await arm.locator('.call').waitFor({ state: 'detached' })
  await wall.keyboard.press('Escape')
  await wall.getByRole('button', { name: /^arm01/ }).click()
  await wall.keyboard.type('repas')
  await picture(wall, 'wall-person')
  await wall.keyboard.press('Enter')
  await arm.locator('.state.paused').waitFor()
  expect(await arm.locator('.state').innerText()).toContain('repas')
  await house.dial('15')
  await arm.locator('.unready').getByText('1 appelant attend').waitFor()
  expect(await arm.locator('.unready').innerText()).toMatch(/^en pause\s: repas\s+Aucun appel ne sonnera ici/i)
  await picture(arm, 'desk-paused')
  await isAccessible(arm)
})

it('closes a filière for a while, and says where its callers go', async () => {
  const wall = await house.wall()
  await wall.getByRole('button', { name: 'Ouvrir, fermer' }).click()
  await wall.keyboard.type('fermer médecine')
  await wall.keyboard.press('Enter')
  await wall.getByText('Pour combien de temps').waitFor()
  await wall.keyboard.press('Enter')
  await wall.locator('.closed').first().waitFor()
  expect(await wall.getByRole('region', { name: 'Dérogations' }).innerText()).toMatch(/Médecine générale fermé jusqu’à \d\d:\d\d/)
  await picture(wall, 'wall-closed')
  await wall.getByRole('button', { name: 'Ouvrir, fermer' }).click()
  await wall.keyboard.type('mettre fin')
  await wall.keyboard.press('Enter')
  await wall.locator('.closed').first().waitFor({ state: 'detached' })
})

it('lets a supervisor with a phone listen, and go again (R-N2-9)', async () => {
  const wall = await house.wall('mru02')
  const ears = await house.desk('mru02')
  const arm = await house.desk('arm01')
  const caller = await house.callTo(arm, '15')
  await wall.locator('.calls-tile .caller-row').click()
  await wall.getByRole('button', { name: 'Écouter' }).click()
  await pickUp(ears)
  await pageHears(ears)
  await picture(ears, 'desk-listening')
  await isAccessible(ears)
  await ears.keyboard.press('Shift+R')
  await talk(arm, caller)
})

it('lets a supervisor whisper to the agent, and join (R-N2-9)', async () => {
  const wall = await house.wall('mru02')
  const supervisor = await house.desk('mru02')
  await phonesSeen()
  const desk = await house.deskPhone('arm01')
  const caller = await house.dial('15')
  const arm = await desk.nextRing()
  await arm.answer()
  await Promise.all([arm.ear.hears(caller.tone), caller.call.ear.hears(deskHz)])
  const intervene = async (how: string): Promise<void> => {
    await wall.locator('.calls-tile .caller-row').click()
    await wall.getByRole('button', { name: how }).click()
    await pickUp(supervisor)
    await pageHears(supervisor)
  }

  await intervene('Souffler à l’agent')
  await arm.ear.hears(voiceHz)
  await supervisor.getByText('l’appelant ne vous entend pas').waitFor()
  await isAccessible(supervisor)
  await Promise.all([arm.ear.hears(caller.tone), caller.call.ear.hears(deskHz)])
  await supervisor.keyboard.press('Shift+R')
  await arm.ear.losesTone(voiceHz)
  expect(caller.call.ear.heardTones().map(({ what }) => what)).not.toContain(voiceHz)

  await supervisor.locator('.no-call').waitFor()
  await intervene('Entrer dans l’appel')
  await Promise.all([arm.ear.hears(voiceHz), caller.call.ear.hears(voiceHz)])
  await supervisor.keyboard.press('m')
  await Promise.all([arm.ear.losesTone(voiceHz), caller.call.ear.losesTone(voiceHz), pageHears(supervisor)])
  await supervisor.keyboard.press('m')
  await Promise.all([arm.ear.hears(voiceHz), caller.call.ear.hears(voiceHz)])
  await supervisor.keyboard.press('Shift+R')
  await Promise.all([arm.ear.hears(caller.tone), caller.call.ear.hears(deskHz), caller.call.ear.losesTone(voiceHz)])
})

it('switches mutual aid on, off, and a neighbour’s calls away, each until an hour (R-MA-1)', async () => {
  const wall = await house.wall()
  const aid = wall.getByRole('region', { name: 'Débordement et entraide' })
  const setAside = wall.getByRole('region', { name: 'Dérogations' })
  const choose = async (...choices: (string | RegExp)[]): Promise<void> => {
    await aid.getByRole('button', { name: 'Lancer, suspendre, refuser' }).click()
    for (const name of choices) await wall.getByRole('option', { name }).click()
  }
  await aid.getByText('relié').waitFor()
  const up = neighbourState
  neighbourState = null
  neighbour.changed()
  await aid.getByText('injoignable').waitFor()
  neighbourState = up
  neighbour.changed()
  await aid.getByText('relié').waitFor()

  await choose('Lancer « Entraide du Rhin »', '1 heure')
  await aid.locator('.giving').waitFor()
  expect(await setAside.innerText()).toMatch(/Entraide du Rhin en cours jusqu’à \d\d:\d\d\s+par\ssup01/)
  await picture(wall, 'wall-mutual-aid')
  await isAccessible(wall)
  await choose('Ne plus prendre les appels du SAS du Haut-Rhin', '15 minutes')
  await aid.getByText('ses appels ne sont pas pris').waitFor()
  await choose(/Suspendre/, '4 heures')
  await aid.locator('.giving').waitFor({ state: 'detached' })
  await choose(/^Mettre fin\s: Entraide du Rhin/)
  await setAside.getByText('Entraide du Rhin').waitFor({ state: 'detached' })

  // Another supervisor is quicker by a moment.
  await wall.route('**/v1/overrides/end', async (route) => {
    await house.engine.api.post('overrides/end', { target: 'sas-68', by: 'sup02' })
    await route.continue()
  })
  await choose(/^Mettre fin\s: SAS du Haut-Rhin/)
  await wall.getByRole('alert').getByText('n’a plus de dérogation').waitFor()
  await setAside.getByText('Aucune dérogation').waitFor()

  const arm = await house.visit('/mur')
  await house.signIn(arm, 'arm01')
  await arm.getByText('Cette page est réservée aux superviseurs.').waitFor()
  expect(await arm.getByRole('button', { name: 'Lancer, suspendre' }).count()).toBe(0)
})

/** A look of the engine at the phones, which says where to ring whom, began after now and has ended. */
async function phonesSeen(): Promise<void> {
  const looks = async (): Promise<number> => {
    const metrics = await (await fetch(`${house.engine.url}/metrics`)).text()
    return Number(/^decroche_ari_request_seconds_count\{operation="endpoints.listByTech",outcome="ok"\} (\d+)$/m.exec(metrics)?.[1])
  }
  const before = await looks()
  await expect.poll(looks).toBeGreaterThan(before + 1)
}

/** From the engine's word for when, to what stands on the page; both clocks are this machine's. */
async function watchDelays(wall: Page): Promise<() => Promise<number[]>> {
  await wall.evaluate(() => {
    const delays: number[] = []
    Object.assign(window, { delays })
    const main = document.querySelector('main')
    if (main === null) throw new Error('no wall')
    let seen = main.dataset['seq']
    new MutationObserver(() => {
      if (main.dataset['seq'] === seen) return
      seen = main.dataset['seq']
      // Drawn with the next frame.
      requestAnimationFrame(() => delays.push(Date.now() - Number(main.dataset['at'])))
    }).observe(main, { attributes: true })
  })
  return () => wall.evaluate(() => (window as unknown as { delays: number[] }).delays)
}
