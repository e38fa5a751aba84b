/** A known number and a known name go through the log by every way there is, and must not come out. */
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createLogger, type Logger } from '../../src/log.js'

const NUMBER = '0199001234'
const NAME = 'Zoé Exemple'

const capture = (): { log: Logger; lines: () => string } => {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString()
      done()
    },
  })
  return { log: createLogger('trace', stream), lines: () => text }
}

describe('the log', () => {
  it.each<[string, (log: Logger) => void]>([
    ['a field', (log) => log.info({ caller: NUMBER }, 'x')],
    ['a place', (log) => log.info({ call: { location: { civic: { A6: NAME }, reference: NUMBER } } }, 'x')],
    ['a nested field', (log) => log.info({ event: { call: { caller: NUMBER, drm: { callerName: NAME } } } }, 'x')],
    ['an array', (log) => log.info({ calls: [{ caller: NUMBER }, { name: NAME }] }, 'x')],
    ['a map', (log) => log.info({ calls: new Map([[NUMBER, NAME]]) }, 'x')],
    ['a message', (log) => log.info(`appel de ${NUMBER}.`)],
    ['a message with spaces', (log) => log.info('appel de 01 99 00 12 34')],
    ['a message with dots', (log) => log.info('appel de 01.99.00.12.34, urgent')],
    ['the international form', (log) => log.info('appel de +33199001234')],
    ['an argument of a message', (log) => log.info('appel de %s', NUMBER)],
    ['an error', (log) => log.error({ err: new Error(`refused for ${NUMBER}`) }, 'x')],
    [
      'the cause of an error',
      (log) => log.error({ err: new Error('x', { cause: new Error(`from "${NUMBER}"`) }) }, 'x'),
    ],
    ['an error without a message', (log) => log.error({ err: new Error(`refused for ${NUMBER}`) })],
    ['an error alone', (log) => log.error(new Error(`refused for ${NUMBER}`))],
    ['a child logger', (log) => log.child({ caller: NUMBER, name: NAME }).info('x')],
    ['any text of a field', (log) => log.info({ header: `"x" <sip:${NUMBER}@192.0.2.1>` }, 'x')],
    ['a request body', (log) => log.info({ body: { name: NAME } }, 'x')],
    ['something deep', (log) => log.info({ a: { b: { c: { d: { e: { f: { g: { h: { i: NUMBER } } } } } } } } }, 'x')],
  ])('hides a number and a name in %s', (_, write) => {
    const { log, lines } = capture()
    write(log)
    expect(lines().length).toBeGreaterThan(0)
    const digits = lines().replaceAll(/[ ./-]/g, '')
    expect(digits).not.toContain('199001234')
    expect(lines()).not.toContain('Zoé')
  })

  it('keeps what is needed to follow a call', () => {
    const { log, lines } = capture()
    log.info(
      { call: '1795351348.12', leg: 'e7-1795351348.12-1', agent: 'arm01', at: 1795351348123, peer: '127.0.0.5:5060' },
      'picked up',
    )
    const line: unknown = JSON.parse(lines())
    expect(line).toMatchObject({
      level: 'info',
      call: '1795351348.12',
      leg: 'e7-1795351348.12-1',
      agent: 'arm01',
      at: 1795351348123,
      peer: '127.0.0.5:5060',
      msg: 'picked up',
    })
  })

  it('hides secrets', () => {
    const { log, lines } = capture()
    log.info({ password: 'open-sesame', url: 'redis://user:open-sesame@127.0.0.1:6379/0', token: 'open-sesame' }, 'x')
    log.error(new Error('cannot reach redis://user:open-sesame@127.0.0.1:6379/0'))
    expect(lines()).not.toContain('open-sesame')
    expect(lines()).toContain('127.0.0.1:6379')
  })

  it('survives what cannot be looked through', () => {
    const { log, lines } = capture()
    const loop: Record<string, unknown> = { call: '1' }
    loop['self'] = loop
    log.info({ loop, big: 10n, nothing: undefined, call: null }, 'x')
    expect(lines()).toContain('"msg":"x"')
  })
})
