/** What the demo tells of a file that was read again, from what the engine logs of it. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { projectRoot } from '../../../lab/paths.js'
import { reloadTold } from '../../../lab/reload-told.js'

const file = join(projectRoot(), 'config', 'sample.yaml')
const refused = (...faults: string[]): string => JSON.stringify({ level: 'error', by: 'SIGHUP', faults, msg: 'configuration refused: nothing has changed' })

it('tells a refused file with its faults, as whoever checks it is told', () => {
  expect(reloadTold(refused(`${file}:3:5: n1: missing`))).toEqual(['Fichier du SAS refusé, rien n’a changé :', '  config/sample.yaml:3:5: n1: missing'])
})

it('tells as many as the terminal keeps', () => {
  expect(reloadTold(refused('1', '2', '3', '4'))).toHaveLength(5)
  expect(reloadTold(refused('1', '2', '3', '4', '5', '6'))).toEqual(['Fichier du SAS refusé, rien n’a changé :', '  1', '  2', '  3', '  … encore 3'])
})

it.each([
  ['SIGHUP', ['n1', 'people'], ['Fichier du SAS relu, en vigueur : n1, people']],
  ['SIGHUP', [], ['Fichier du SAS relu : rien n’y a changé']],
  ['takeover', [], []],
])('tells a file read by %s with %j changed', (by, changed, told) => {
  expect(reloadTold(JSON.stringify({ by, changed, msg: 'configuration read again' }))).toEqual(told)
})

it.each(['', 'not JSON', '{"msg":"active"}', 'null'])('tells nothing of %j', (line) => expect(reloadTold(line)).toEqual([]))
