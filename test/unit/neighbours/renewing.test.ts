/** Certificates are renewed while neighbours are connected: nobody loses anything by it but who is not trusted any more (R-MA-1). */
import { once } from 'node:events'
import { connect } from 'node:tls'
import { afterEach, expect, it } from 'vitest'
import { Authority } from './certificates.js'
import { Sas, ask, authority, certificateOf, nameOf, own, pair, positions, stopAll } from './sas.js'

afterEach(stopAll)

const shownBy = async (sas: Sas): Promise<string> => {
  const socket = connect({ host: '127.0.0.1', port: sas.port ?? 0, ...certificateOf('sas-68'), servername: nameOf('sas-67') })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

it('the next connection is shown the new one, and those that stand go on', async () => {
  const { sas67, sas68 } = await pair()
  await sas68.heard({ positions: positions(1) })
  const before = await shownBy(sas67)
  sas67.link.renew(authority.sign(nameOf('sas-67')))
  sas68.link.renew(authority.sign(nameOf('sas-68')))
  expect(await shownBy(sas67)).not.toBe(before)
  sas67.own = own(2)
  sas67.link.changed()
  await sas68.heard({ positions: positions(2) })
  expect((await sas68.link.reserve('sas-67', ask)).why).toBeNull()
  expect([sas68.states.includes(null), sas67.refused, sas68.problems]).toEqual([false, [], []])
})

it('whoever asks shows their new one', async () => {
  const { sas67, sas68 } = await pair()
  await sas68.heard({ positions: positions(1) })
  sas68.link.renew(authority.sign('sas-99.samu.example'))
  expect((await sas68.link.reserve('sas-67', ask)).why).toBe('unknown-neighbour')
  expect((await sas67.toldRefused('unknown-neighbour')).address).toBe('127.0.0.1')
})

it('who is trusted no more is let go at once, on both sides, and is back once they are', async () => {
  const { sas67, sas68 } = await pair()
  await sas68.heard({ positions: positions(1) })
  expect((await sas68.link.reserve('sas-67', ask)).why).toBeNull()
  const trusting = (ca: string) => ({ ...certificateOf('sas-67'), ca })
  sas67.link.renew(trusting(new Authority().ca))
  await sas67.toldRefused('untrusted-certificate')
  await sas68.heard(null)
  sas67.link.renew(trusting(authority.ca))
  await sas68.heard({ positions: positions(1) })
  sas68.link.renew({ ...certificateOf('sas-68'), ca: new Authority().ca })
  await sas68.heard(null)
  expect((await sas68.link.reserve('sas-67', ask)).why).toBe('unreachable')
})
