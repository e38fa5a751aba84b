import type { BoardSpec } from '../board.js'
import { free, lines, never, quality, waiting } from '../limits.js'

/** For the supervisor in a surge: who waits, who is free, what is full. */
export const salle: BoardSpec = {
  uid: 'salle',
  title: 'Salle en ce moment',
  refresh: '5s',
  time: { from: 'now-1h', to: 'now' },
  rows: [
    {
      height: 6,
      panels: [
        { title: 'QS30', kind: 'stat', width: 6, unit: 'percentunit', thresholds: quality, help: 'Part des appels décrochés en moins de 30 s, parmi les appels décrochés.', queries: [
          { expr: 'decroche:qs30:ratio15m', legend: '15 minutes' },
          { expr: 'decroche:qs30:ratio1h', legend: '1 heure' },
        ] },
        { title: 'Plus longue attente', kind: 'stat', width: 6, unit: 's', thresholds: waiting, queries: [{ expr: 'max by (queue) (decroche_queue_oldest_wait_seconds)', legend: '{{queue}}' }] },
        { title: 'Appels en attente', kind: 'stat', width: 6, unit: 'none', thresholds: ['green', [1, 'orange'], [5, 'red']], queries: [{ expr: 'sum by (queue) (decroche_queue_calls{situation=~"waiting|ringing"})', legend: '{{queue}}' }] },
        { title: 'Personnes libres', kind: 'stat', width: 6, unit: 'none', thresholds: free, queries: [{ expr: 'sum by (queue) (decroche_queue_free_people)', legend: '{{queue}}' }] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Appels en file', kind: 'bars', width: 12, unit: 'none', queries: [{ expr: 'sum by (queue) (decroche_queue_calls{situation=~"waiting|ringing"})', legend: '{{queue}}' }] },
        { title: 'Personnes par poste et par état', kind: 'bars', width: 12, unit: 'none', queries: [{ expr: 'sum by (position, state) (decroche_people)', legend: '{{position}} {{state}}' }] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Attente prévue pour qui appelle maintenant', kind: 'series', width: 12, unit: 's', thresholds: waiting, queries: [{ expr: 'max by (queue) (decroche_expected_wait_seconds)', legend: '{{queue}}' }] },
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
        { title: 'Appels au secours, 15 minutes', kind: 'stat', width: 6, unit: 'none', thresholds: never, help: 'Appels que le commutateur a pris lui-même, faute de moteur ou de place en file.', queries: [{ expr: 'sum by (reason) (increase(decroche_calls_to_fallback_total[15m]))', legend: '{{reason}}' }] },
        { title: 'Attentes prolongées, 15 minutes', kind: 'stat', width: 6, unit: 'none', thresholds: never, help: 'Appels dont l’attente a été signalée à l’encadrement.', queries: [{ expr: 'sum by (queue) (increase(decroche_escalations_total[15m]))', legend: '{{queue}}' }] },
        { title: 'Effectif minimal', kind: 'stat', width: 6, unit: 'none', help: 'Personnes présentes en plus (ou, négatif, en moins) de l’effectif minimal.', thresholds: ['red', [0, 'green']], queries: [{ expr: 'max by (guard) (decroche_staffing_present - decroche_staffing_required)', legend: '{{guard}}' }] },
      ],
    },
  ],
}
