import type { BoardSpec, Query } from '../board.js'
import { quality } from '../limits.js'
import { boardLabels } from '../../../src/messages/boards.fr.js'

/** Of the time that the board shows: whole calls, added up from five minutes to five minutes. */
const calls = (what: string, by = ''): string => `sum${by}(sum_over_time(decroche_entry:calls_${what}:increase5m[$__range]))`
const counted = `(${calls('presented')} - ${calls('given')})`
const stat = (title: string, query: Query, rest: object = {}) => ({ title, kind: 'stat', width: 6, unit: 'none', queries: [query], ...rest }) as const
/** Of the day that begins at the point, not of the one that ends there. */
const daily = (what: string): string => `sum(sum_over_time(decroche_entry:calls_${what}:increase5m[1d] offset -1d))`

/** The month so far, as the report of the archive will tell it. */
export const mois: BoardSpec = {
  uid: 'mois',
  title: 'Mois',
  refresh: '5m',
  time: { from: 'now/M', to: 'now' },
  rows: [
    {
      height: 5,
      panels: [
        stat('QS30', { expr: `${calls('in_time')} / (${calls('answered')} > 0)`, legend: 'QS30' }, { unit: 'percentunit', thresholds: quality, help: 'Indicateur 2 de la DGOS, sur la durée affichée. Le rapport mensuel, tiré de l’archive, fait foi.' }),
        stat('QS30 des appels présentés', { expr: `${calls('in_time')} / (${counted} > 0)`, legend: 'présentés' }, { unit: 'percentunit', thresholds: quality }),
        stat('Taux de réponse', { expr: `${calls('answered')} / (${counted} > 0)`, legend: 'réponse' }, { unit: 'percentunit', thresholds: quality }),
        stat('DRM ouverts', { expr: 'sum(increase(decroche_drms_opened_total[$__range]))', legend: 'DRM' }),
      ],
    },
    {
      height: 5,
      panels: [
        stat('Appels présentés', { expr: counted, legend: 'présentés' }),
        stat('Appels décrochés', { expr: calls('answered'), legend: 'décrochés' }, { help: 'Indicateur 1 de la DGOS.' }),
        stat('Appels abandonnés', { expr: calls('abandoned'), legend: 'abandonnés' }),
        stat('Donnés aux voisins', { expr: calls('given'), legend: 'donnés' }),
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Appels par jour', kind: 'bars', width: 12, unit: 'none', daily: true, queries: [
          { expr: daily('answered'), legend: 'décrochés' },
          { expr: daily('abandoned'), legend: 'abandonnés' },
        ] },
        { title: 'QS30 par jour', kind: 'series', width: 12, unit: 'percentunit', thresholds: quality, daily: true, queries: [
          { expr: `${daily('in_time')} / (${daily('answered')} > 0)`, legend: 'décrochés' },
          { expr: `${daily('in_time')} / ((${daily('presented')} - ${daily('given')}) > 0)`, legend: 'présentés' },
        ] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'QS30 par numéro', kind: 'gauge', width: 8, unit: 'percentunit', thresholds: quality, queries: [{ expr: `${calls('in_time', ' by (number)')} / (${calls('answered', ' by (number)')} > 0)`, legend: '{{number}}' }] },
        { title: 'Appels présentés par numéro', kind: 'stat', width: 8, unit: 'none', queries: [{ expr: calls('presented', ' by (number)'), legend: '{{number}}' }] },
        { title: 'Abandons selon le délai', kind: 'stat', width: 8, unit: 'none', queries: [{ expr: calls('abandoned', ' by (delay)'), legend: '{{delay}}', named: { label: 'delay', as: boardLabels.delay } }] },
      ],
    },
  ],
}
