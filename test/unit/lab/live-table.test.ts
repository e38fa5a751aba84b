/** The live table on terminals of every kind. */
import { describe, expect, it } from 'vitest'
import { fit, LiveTable, paint } from '../../../lab/live-table.js'

/** As much of a stream as the table uses. */
const terminal = (isTTY: boolean): { out: NodeJS.WriteStream; written: string[] } => {
  const written: string[] = []
  const out = { isTTY, rows: 24, columns: 80, hasColors: () => false, write: (text: string) => written.push(text) > 0 }
  return { out: out as unknown as NodeJS.WriteStream, written }
}

describe('the live table', () => {
  it('is drawn on a terminal only', () => {
    expect(new LiveTable(terminal(true).out).live).toBe(true)
    expect(new LiveTable(terminal(false).out).live).toBe(false)
  })

  it('elsewhere writes each line once, and nothing that moves a cursor', () => {
    const { out, written } = terminal(false)
    const table = new LiveTable(out)
    table.follow([{ redisUrl: 'redis://127.0.0.1:1', sas: 'demo' }], () => ['heading'])
    table.say('Démarrage')
    table.say('  moteur')
    table.stop()
    expect(written).toEqual(['Démarrage\n', '  moteur\n'])
  })

  it('leaves what fits as it is', () => {
    expect(fit(['File', '────', '', 'n1'], 4, 80)).toEqual(['File', '────', '', 'n1'])
  })

  it('gives up blanks and rules in a small window, then says how much is cut off', () => {
    const lines = ['File  Attente', '────  ───────', 'n1', '', 'amu', 'mg']
    expect(fit(lines, 4, 80)).toEqual(['File  Attente', 'n1', 'amu', 'mg'])
    expect(fit(lines, 3, 80)).toEqual(['File  Attente', 'n1', '… encore 2 lignes : agrandissez la fenêtre'])
  })

  it('cuts a line that is too wide, and shows that it did', () => {
    expect(fit(['salle tenue par quelqu’un'], 4, 10)).toEqual(['salle ten…'])
  })

  it('colours states, and no word of a heading or of a name', () => {
    expect(paint('arm01   ARM    n1        en ligne    0 s')).toBe('arm01   ARM    n1        \x1b[32men ligne\x1b[0m    0 s')
    expect(paint('arm02   ARM    n1        mis de côté (sans réponse)  3 s')).toContain('\x1b[31mmis de côté\x1b[0m (sans')
    for (const line of ['SAS en attente de moteur', 'File     Attente  Sonnerie']) expect(paint(line)).toBe(line)
  })
})
