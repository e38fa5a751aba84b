import { freePeople, type BoardSpec, type Query } from '../board.js'
import { free, lines, never, quality, waiting } from '../limits.js'
import { boardLabels } from '../../../src/messages/boards.fr.js'

const recent = (rule: string): Query[] => [
  { expr: `${rule}:ratio15m`, legend: '15 minutes' },
  { expr: `${rule}:ratio1h`, legend: '1 heure' },
]

/** For the supervisor in a surge: who waits, who is free, what is full. */
export const salle: BoardSpec = {
  uid: 'salle',
  title: 'Salle en ce moment',
  refresh: '5s',
  time: { from: 'now-1h', to: 'now' },
  rows: [
    {
      heading: 'Premier décroché',
      height: 6,
      panels: [
        { title: 'QS30', kind: 'stat', width: 5, unit: 'percentunit', thresholds: quality, help: 'Part des appels décrochés en moins de 30 s, parmi les appels décrochés.', queries: recent('decroche:qs30') },
        { title: 'QS30 des appels présentés', kind: 'stat', width: 5, unit: 'percentunit', thresholds: quality, help: 'Parmi tous les appels présentés. Un appel resté sans réponse compte comme tardif.', queries: recent('decroche:qs30_of_presented') },
        { title: 'Plus longue attente', kind: 'stat', width: 5, unit: 's', thresholds: waiting, queries: [{ expr: 'max(decroche_queue_oldest_wait_seconds{queue="n1"})', legend: 'attente' }] },
        { title: 'Appels en attente', kind: 'stat', width: 5, unit: 'none', thresholds: ['green', [1, 'orange'], [5, 'red']], queries: [{ expr: 'sum(decroche_queue_calls{queue="n1",situation="waiting"})', legend: 'en attente' }] },
        { title: 'Personnes libres', kind: 'stat', width: 4, unit: 'none', thresholds: free, queries: [{ expr: 'sum(decroche_queue_free_people{queue="n1"})', legend: 'libres' }] },
      ],
    },
    {
      heading: 'Filières',
      height: 6,
      panels: [
        { title: 'Plus longue attente en filière', kind: 'stat', width: 8, unit: 's', queries: [{ expr: 'max by (queue) (decroche_queue_oldest_wait_seconds{queue!="n1"})', legend: '{{queue}}' }] },
        { title: 'Appels en attente en filière', kind: 'stat', width: 8, unit: 'none', queries: [{ expr: 'sum by (queue) (decroche_queue_calls{queue!="n1",situation="waiting"})', legend: '{{queue}}' }] },
        { title: 'Personnes libres dans les files ouvertes', kind: 'stat', width: 8, unit: 'none', queries: [{ expr: `(${freePeople}) unless on (queue) decroche_queue_open{queue="n1"}`, legend: '{{queue}}' }] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Appels en attente ou qui sonnent', kind: 'bars', width: 12, unit: 'none', queries: [{ expr: 'sum by (queue) (decroche_queue_calls{situation=~"waiting|ringing"})', legend: '{{queue}}' }] },
        { title: 'Personnes par poste et par état', kind: 'bars', width: 12, unit: 'none', queries: [{ expr: 'sum by (position, state) (decroche_people{state!="signed-out"})', legend: '{{position}} {{state}}', named: { label: 'state', as: boardLabels.state } }] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Attente prévue pour qui appelle maintenant', kind: 'series', width: 12, unit: 's', queries: [{ expr: 'max by (queue) (decroche_expected_wait_seconds)', legend: '{{queue}}' }] },
        { title: 'Appels par minute', kind: 'series', width: 12, unit: 'none', queries: [
          { expr: 'sum(rate(decroche_calls_presented_total[1m])) * 60', legend: 'présentés' },
          { expr: 'sum(rate(decroche_calls_answered_total[1m])) * 60', legend: 'décrochés' },
          { expr: 'sum(rate(decroche_calls_abandoned_total[1m])) * 60', legend: 'abandonnés' },
        ] },
      ],
    },
    {
      height: 6,
      panels: [
        { title: 'Lignes occupées', kind: 'gauge', width: 6, unit: 'percentunit', thresholds: lines, queries: [{ expr: 'max by (trunk) (decroche_trunk:channels_in_use:ratio)', legend: '{{trunk}}' }] },
        { title: 'Appels pris par le secours, 15 minutes', kind: 'stat', width: 6, unit: 'none', thresholds: never, help: 'Appels que l’autocommutateur a pris lui-même, faute de moteur ou de place en file.', queries: [{ expr: 'sum by (reason) (increase(decroche_calls_to_fallback_total[15m]))', legend: '{{reason}}', named: { label: 'reason', as: boardLabels.fallback } }] },
        { title: 'Attentes prolongées, 15 minutes', kind: 'stat', width: 6, unit: 'none', thresholds: never, help: 'Appels dont l’attente a été signalée à l’encadrement.', queries: [{ expr: 'sum by (queue) (increase(decroche_escalations_total[15m]))', legend: '{{queue}}' }] },
        { title: 'Effectif minimal', kind: 'stat', width: 6, unit: 'none', help: 'Personnes présentes en plus (ou, négatif, en moins) de l’effectif minimal.', thresholds: ['red', [0, 'green']], queries: [{ expr: 'max by (guard) (decroche_staffing_present - decroche_staffing_required)', legend: '{{guard}}' }] },
      ],
    },
  ],
}
