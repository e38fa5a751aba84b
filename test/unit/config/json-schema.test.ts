/** The schema that editors read is the one that files are checked by. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { sasJsonSchema } from '../../../src/config/json-schema.js'

const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(sasJsonSchema())
const read = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8')

describe('config/sas.schema.json', () => {
  it('is as `npm run schema` writes it', () => {
    expect(JSON.parse(read('config/sas.schema.json'))).toEqual(JSON.parse(JSON.stringify(sasJsonSchema())))
  })

  it.each(['config/sample.yaml', 'test/unit/config/broken/base.yaml'])('accepts %s, whose defaults are left out', (name) => {
    expect(validate(parse(read(name)))).toBe(true)
  })

  it('is named by the sample', () => {
    expect(read('config/sample.yaml')).toMatch(/^# yaml-language-server: \$schema=\.\/sas\.schema\.json\n/)
  })

  it.each([
    ['an unknown key', 'ringSeconds: 12', 'ringSecond: 12'],
    ['a class that is none', 'class: P2', 'class: P3'],
    ['a time out of range', 'returnSeconds: 300', 'returnSeconds: 3'],
    ['a name in capitals', 'position: amu', 'position: AMU'],
  ])('refuses %s', (_, right, wrong) => {
    expect(validate(parse(read('config/sample.yaml').replace(right, wrong)))).toBe(false)
  })
})
