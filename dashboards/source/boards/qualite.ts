import { mean, quantile, type BoardSpec } from '../board.js'
import { quality, waiting } from '../limits.js'
import { boardLabels } from '../../../src/messages/boards.fr.js'

const windows = [['15m', '15 minutes'], ['1h', '1 heure'], ['1d', '24 heures'], ['30d', '30 jours']] as const
const over = (rule: string) => windows.map(([window, legend]) => ({ expr: `${rule}:ratio${window}`, legend }))

/** Whether the first pickup keeps to its thirty seconds, for whom it does not, and what it costs the callers. */
export const qualite: BoardSpec = {
  uid: 'qualite',
  title: 'Qualité de service du premier décroché',
  refresh: '30s',
  time: { from: 'now-24h', to: 'now' },
  rows: [
    {
      height: 6,
      panels: [
        { title: 'QS30', kind: 'stat', width: 8, unit: 'percentunit', thresholds: quality, help: 'Indicateur 2 de la DGOS, décrochés en moins de 30 s parmi les décrochés. À 30,000 s, c’est trop tard.', queries: over('decroche:qs30') },
        { title: 'QS30 des appels présentés', kind: 'stat', width: 8, unit: 'percentunit', thresholds: quality, help: 'Décrochés en moins de 30 s parmi tous les appels présentés. Un appel resté sans réponse compte comme tardif.', queries: over('decroche:qs30_of_presented') },
        { title: 'Taux de réponse', kind: 'stat', width: 8, unit: 'percentunit', thresholds: quality, queries: over('decroche:answered_of_presented') },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'QS30 dans le temps', kind: 'series', width: 12, unit: 'percentunit', thresholds: quality, queries: [
          { expr: 'decroche:qs30:ratio15m', legend: 'décrochés, 15 minutes' },
          { expr: 'decroche:qs30_of_presented:ratio15m', legend: 'présentés, 15 minutes' },
          { expr: 'decroche:qs30:ratio1h', legend: 'décrochés, 1 heure' },
        ] },
        { title: 'Attente avant décroché', kind: 'series', width: 12, unit: 's', thresholds: waiting, queries: [
          { expr: quantile(0.5, 'decroche_answer_wait_seconds', '15m'), legend: 'un appel sur deux' },
          { expr: quantile(0.9, 'decroche_answer_wait_seconds', '15m'), legend: '9 sur 10' },
          { expr: quantile(0.99, 'decroche_answer_wait_seconds', '15m'), legend: '99 sur 100' },
        ] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'QS30 par numéro, 1 heure', kind: 'series', width: 12, unit: 'percentunit', thresholds: quality, queries: [{ expr: 'decroche_number:qs30:ratio1h', legend: '{{number}} ({{trunk}})' }] },
        { title: 'QS30 par classe, 1 heure', kind: 'series', width: 12, unit: 'percentunit', thresholds: quality, queries: [{ expr: 'decroche_class:qs30:ratio1h', legend: '{{class}}' }] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Appels par quart d’heure et par numéro', kind: 'bars', width: 12, unit: 'none', queries: [{ expr: 'sum by (number) (increase(decroche_calls_presented_total[15m]))', legend: '{{number}}' }] },
        { title: 'Abandons par quart d’heure, selon le délai', kind: 'bars', width: 12, unit: 'none', queries: [{ expr: 'sum by (delay) (increase(decroche_calls_abandoned_total[15m]))', legend: '{{delay}}', named: { label: 'delay', as: boardLabels.delay } }] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Orientés en moins de 30 s, 1 heure', kind: 'stat', width: 6, unit: 'percentunit', thresholds: quality, help: 'Du décroché à la priorité P0, P1 ou P2.', queries: [{ expr: 'sum(increase(decroche_calls_oriented_in_time_total[1h])) / (sum(increase(decroche_orientation_seconds_count[1h])) > 0)', legend: 'à temps' }] },
        { title: 'Durée moyenne d’appel, par métier', kind: 'series', width: 6, unit: 's', queries: [{ expr: mean('decroche_talk_seconds', '1h', ['role', 'position']), legend: '{{role}} ({{position}})' }] },
        { title: 'Durée moyenne après appel, par métier', kind: 'series', width: 6, unit: 's', queries: [{ expr: mean('decroche_wrap_up_seconds', '1h', ['role']), legend: '{{role}}' }] },
        { title: 'Sonneries sans réponse par heure', kind: 'bars', width: 6, unit: 'none', usuallyEmpty: 'chaque poste qui sonne est décroché.', queries: [{ expr: 'sum by (queue, reason) (increase(decroche_rings_missed_total[1h]))', legend: '{{queue}} {{reason}}', named: { label: 'reason', as: boardLabels.missed } }] },
      ],
    },
  ],
}
