import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { phonesOf, renderAsterisk } from '../../../src/asterisk-config/render.js'
import { sipPassword } from '../../../src/asterisk-config/site.js'
import { type SasConfig, sasSchema } from '../../../src/config/schema.js'
import { site, tls } from './site.js'

const sample = sasSchema.parse(parse(readFileSync(new URL('../../../config/sample.yaml', import.meta.url), 'utf8')))
/** A physician at home. */
const surgery: SasConfig = {
  ...sample,
  sites: { cabinet: { label: 'Cabinet', secure: true } },
  people: sample.people.map((person) => (person.id === 'mrg01' ? { ...person, site: 'cabinet' } : person)),
}
const file = (name: string, config: SasConfig = sample): string => renderAsterisk(config, site).get(name) ?? ''

/** The lines of `[name]` whose `type` is `type`. */
function section(text: string, name: string, marker: string): string {
  const blocks = text.split(/^(?=\[)/m)
  return blocks.find((block) => block.startsWith(`[${name}]`) && block.includes(marker)) ?? ''
}

describe('renderAsterisk', () => {
  it('leaves no placeholder in any file', () => {
    for (const [name, text] of renderAsterisk(sample, site)) expect(text, name).not.toMatch(/\{\{|\}\}/)
  })

  it('plays every prompt that is spoken for it, but for the greeting, which an entry may name', () => {
    const { prompts } = parse(readFileSync(new URL('../../../asterisk/prompts.fr.yaml', import.meta.url), 'utf8')) as { prompts: object }
    const played = [...renderAsterisk(sample, site).values()].flatMap((text) => text.match(/(?<=decroche\/)[a-z-]+/g) ?? [])
    expect(Object.keys(prompts).sort()).toEqual(['accueil', ...new Set(played)].sort())
  })

  it('knows each trunk by its addresses and by nothing else', () => {
    const pjsip = file('pjsip.conf')
    expect(section(pjsip, 'trunk', 'type = endpoint')).toMatch(/^identify_by = ip$/m)
    expect(section(pjsip, 'phone', 'type = endpoint')).toMatch(/^identify_by = username$/m)
    for (const [id, trunk] of Object.entries(sample.trunks)) {
      expect(section(pjsip, id, 'type = identify')).toContain(`match = ${trunk.match[0]}`)
      expect(section(pjsip, id, `context = trunk-${id}`)).not.toMatch(/^auth =/m)
    }
    expect(pjsip).not.toMatch(/anonymous\]/)
  })

  it('believes an asserted identity where emergency callers come in, not from an ambulance firm (R-IN-2)', () => {
    const pjsip = file('pjsip.conf')
    expect(section(pjsip, 'operator', 'context =')).toContain('trust_id_inbound = yes')
    expect(section(pjsip, 'ambulance', 'context =')).not.toContain('trust_id_inbound')
  })

  it('believes where a caller is from the same trunks, and hands it on where that is wanted (R-IN-2)', () => {
    const trunks = { ...sample.trunks, neighbour: { ...sample.trunks['neighbour']!, sendsLocation: true } }
    const pjsip = file('pjsip.conf', { ...sample, trunks })
    const profiles = (id: string): string[] => [...section(pjsip, id, 'context =').matchAll(/^geoloc_(\w+)_call_profile = <discard_config>$/gm)].map(([, way]) => way ?? '')
    expect(Object.fromEntries(Object.keys(trunks).map((id) => [id, profiles(id)]))).toEqual({ operator: ['incoming'], fire: ['incoming'], ambulance: [], neighbour: ['incoming', 'outgoing'] })
    for (const kind of ['trunk', 'phone']) expect(section(pjsip, kind, 'type = endpoint').match(/^geoloc_\w+_call_profile = <discard_incoming>$/gm)).toHaveLength(2)
  })

  it('has a directory for each class of music, and gives a caller that of their number before anybody starts it', () => {
    expect(section(file('musiconhold.conf'), 'douce', 'mode')).toContain(`directory = ${site.dirs.music}/douce`)
    const extensions = file('extensions.conf')
    const [before116117, of116117] = section(extensions, 'trunk-operator', 'exten').split(/^(?=exten => 116117,)/m)
    expect(of116117).toMatch(/Set\(CHANNEL\(musicclass\)=douce\)[^]*Goto\(fallback,s,1\)/)
    expect(before116117).not.toContain('musicclass')
  })

  it('gives each trunk the numbers of its entries, and no other (R-IN-1, R-IN-4)', () => {
    const extensions = file('extensions.conf')
    for (const id of Object.keys(sample.trunks)) {
      const numbers = [...section(extensions, `trunk-${id}`, 'exten').matchAll(/^exten => ([^,]+),1,/gm)].map((found) => found[1])
      expect(numbers).toEqual(sample.entries.filter((entry) => entry.trunk === id).map((entry) => entry.number))
    }
  })

  it('keeps the last channels of a trunk for the numbers that may use them (R-IN-5)', () => {
    const trunks = { ...sample.trunks }
    for (const [id, trunk] of Object.entries(trunks)) trunks[id] = { ...trunk, channels: 10, reservedChannels: 4 }
    const extensions = file('extensions.conf', { ...sample, trunks })
    const limits = [...extensions.matchAll(/^exten => ([^,]+),1,Set\(FALLBACK_TRUNK=([a-z]+)\)\n.*\n.*\n.*GROUP_COUNT\(\2@trunk\)\} <= (\d+)\]\?taken/gm)]
    const looksTwice = extensions.match(/Wait\(0\.1\)/g) ?? []
    expect(looksTwice).toHaveLength(sample.entries.length - 1)
    expect(limits.map(([, number, trunk, limit]) => `${trunk}/${number} ${limit}`)).toEqual(
      sample.entries.map(({ trunk, number }) => `${trunk}/${number} ${number === '116117' ? 6 : 10}`),
    )
  })

  it('gives each person a desk phone with a password of its own, and a browser with none in any file', () => {
    const pjsip = file('pjsip.conf')
    expect(new Set(phonesOf(sample, site.sipSecret).map(({ password }) => password)).size).toBe(sample.people.length)
    expect(section(pjsip, 'arm01', 'username')).toContain(`password = ${sipPassword('master', 'arm01')}`)
    expect(pjsip).toContain('[arm01-web](web-phone)\nauth = arm01-web\n')
    expect(pjsip).not.toContain('username = arm01-web')
    expect(file('sorcery.conf')).toMatch(/^auth = config,pjsip\.conf,criteria=type=auth\nauth = memory$/m)
    expect(sipPassword('master', 'arm01')).toMatch(/^[\w-]{24}$/)
    expect(sipPassword('other', 'arm01')).not.toBe(sipPassword('master', 'arm01'))
  })

  it('puts the N1 phones, and only those, in the queue of the fallback', () => {
    const members = [...file('queues.conf').matchAll(/^member => PJSIP\/([^,]+),/gm)].map((found) => found[1])
    const n1 = sample.people.filter((person) => person.position === 'n1').flatMap(({ phone }) => [phone, `${phone}-web`])
    expect(members).toEqual(n1)
  })

  it('does without a neighbour', () => {
    const { neighbour: _, ...trunks } = sample.trunks
    const alone = { ...sample, trunks, entries: sample.entries.filter((entry) => entry.trunk !== 'neighbour') }
    expect(file('extensions.conf', alone)).not.toContain('Dial(')
  })

  it('refuses a phone that is called like a trunk', () => {
    const [first, ...others] = sample.people
    if (first === undefined) throw new Error('the sample has people')
    const clash = { ...sample, people: [{ ...first, phone: 'operator' }, ...others] }
    expect(() => renderAsterisk(clash, site)).toThrow(/two SIP endpoints would be called operator/)
  })

  it('refuses a trunk address that would write its own line', () => {
    const operator = sample.trunks.operator
    if (operator === undefined) throw new Error('the sample has an operator')
    const hostile = { ...sample, trunks: { ...sample.trunks, operator: { ...operator, match: ['127.0.0.2\nmatch = 0.0.0.0/0'] } } }
    expect(() => renderAsterisk(hostile, site)).toThrow(/pjsip\.conf: .*cannot stand/)
  })

  it('has no TLS anywhere where the place has none, and refuses a secure site there (R-N2-6)', () => {
    for (const [name, text] of renderAsterisk(sample, site)) expect(text, name).not.toMatch(/^(tls\w+|protocol = (tls|wss)|media_encryption|deny)\b/m)
    expect(() => renderAsterisk(surgery, site)).toThrow('has no tls')
  })

  it('lets phones of a secure site come by TLS alone, and the others as before (R-N2-6)', () => {
    const files = renderAsterisk(surgery, { ...site, tls })
    const pjsip = files.get('pjsip.conf') ?? ''
    expect(pjsip).toContain('bind = 192.0.2.10:5061\ncert_file = /keys/chain.pem\npriv_key_file = /keys/key.pem')
    expect(pjsip).toContain('[mrg01@clear](not-in-clear)\n[mrg01](secure-phone)\nauth = mrg01')
    expect(pjsip).toContain('[arm01](phone)\nauth = arm01')
    expect(pjsip.match(/@clear\]/g)).toHaveLength(1)
    expect(files.get('http.conf')).toContain('tlsbindaddr = 192.0.2.10:8089')
    expect(files.get('ari.conf')).toMatch(/deny = ::\/0\npermit = 127.0.0.1\npermit = 192.0.2.11/)
  })
})
