import { describe, expect, it } from 'vitest'
import { fill } from '../../../src/asterisk-config/template.js'

describe('fill', () => {
  it('replaces names, inside and outside of lists', () => {
    const text = 'bind = {{sip.address}}:{{sip.port}}\n{{#each trunks}}\n[{{id}}] {{app}}\n{{/each}}\nend'
    const scope = { app: 'decroche', sip: { address: '127.0.0.1', port: 5060 }, trunks: [{ id: 'operator' }, { id: 'fire' }] }
    expect(fill(text, scope)).toBe('bind = 127.0.0.1:5060\n[operator] decroche\n[fire] decroche\nend')
  })

  it('nests blocks and leaves out what is not so', () => {
    const text = '{{#each trunks}}\n{{#if peer}}\npeer = {{peer}}\n{{/if}}\n{{#each numbers}}\n{{n}}@{{id}}\n{{/each}}\n{{/each}}'
    const scope = { trunks: [{ id: 'a', peer: '', numbers: [{ n: 15 }] }, { id: 'b', peer: '192.0.2.1:5060', numbers: [] }] }
    expect(fill(text, scope)).toBe('15@a\npeer = 192.0.2.1:5060')
  })

  it.each([
    ['a new line', '127.0.0.1\npermit = 0.0.0.0/0'],
    ['a comment', '127.0.0.1 ; x'],
    ['a substitution', '${SHELL(id)}'],
    ['a second argument', '15,1,System(id)'],
  ])('refuses a value with %s', (_, value) => {
    expect(() => fill('match = {{match}}', { match: value })).toThrow(/\{\{match\}\}.*cannot stand/)
  })

  it('names what it does not know and what is never closed', () => {
    expect(() => fill('{{sip.adress}}', { sip: { address: 'x' } })).toThrow('{{sip.adress}}: unknown name')
    expect(() => fill('{{#if a}}\nx', { a: true })).toThrow('{{#if a}} is never closed')
  })
})
