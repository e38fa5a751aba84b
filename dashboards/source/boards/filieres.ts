import { freePeople, mean, quantile, type BoardSpec } from '../board.js'
import { free } from '../limits.js'
import { boardLabels } from '../../../src/messages/boards.fr.js'

/** Each queue of each filière: how long people wait there, who serves it, and what becomes of the calls. */
export const filieres: BoardSpec = {
  uid: 'filieres',
  title: 'Filières',
  refresh: '15s',
  time: { from: 'now-6h', to: 'now' },
  rows: [
    {
      height: 6,
      panels: [
        { title: 'Ouverture', kind: 'stat', width: 8, unit: 'none', words: { 0: ['fermée', 'orange'], 1: ['ouverte', 'green'] }, queries: [{ expr: 'max by (queue) (decroche_queue_open)', legend: '{{queue}}' }] },
        { title: 'Personnes libres', kind: 'stat', width: 8, unit: 'none', thresholds: free, queries: [{ expr: freePeople, legend: '{{queue}}' }] },
        { title: 'À recontacter pendant l’attente', kind: 'stat', width: 8, unit: 'none', thresholds: ['green', [1, 'orange']], help: 'Appelants qui attendent depuis assez longtemps pour qu’un ARM leur reparle.', queries: [{ expr: 'sum by (queue) (decroche_queue_rechecks_due)', legend: '{{queue}}' }] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Plus longue attente', kind: 'series', width: 8, unit: 's', queries: [{ expr: 'max by (queue) (decroche_queue_oldest_wait_seconds)', legend: '{{queue}}' }] },
        { title: 'Attente en file, un appel sur deux', kind: 'series', width: 8, unit: 's', queries: [{ expr: quantile(0.5, 'decroche_queue_wait_seconds', '1h', ['queue']), legend: '{{queue}}' }] },
        { title: 'Attente en file, 9 appels sur 10', kind: 'series', width: 8, unit: 's', queries: [{ expr: quantile(0.9, 'decroche_queue_wait_seconds', '1h', ['queue']), legend: '{{queue}}' }] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Appels, par situation', kind: 'bars', width: 8, unit: 'none', queries: [{ expr: 'sum by (queue, situation) (decroche_queue_calls)', legend: '{{queue}} {{situation}}', named: { label: 'situation', as: boardLabels.situation } }] },
        { title: 'Attente prévue', kind: 'series', width: 8, unit: 's', queries: [{ expr: 'max by (queue) (decroche_expected_wait_seconds)', legend: '{{queue}}' }] },
        { title: 'Écart entre attente prévue et attente vécue, un appel sur deux', kind: 'series', width: 8, unit: 's', queries: [{ expr: quantile(0.5, 'decroche_expected_wait_error_seconds', '1h', ['queue']), legend: '{{queue}}' }] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Priorités données par heure', kind: 'bars', width: 8, unit: 'none', queries: [{ expr: 'sum by (priority) (increase(decroche_calls_qualified_total[1h]))', legend: '{{priority}}' }] },
        { title: 'Transferts par heure', kind: 'bars', width: 8, unit: 'none', queries: [{ expr: 'sum by (step) (increase(decroche_transfers_total[1h]))', legend: '{{step}}', named: { label: 'step', as: boardLabels.transfer } }] },
        { title: 'Durée moyenne d’appel, par métier', kind: 'series', width: 8, unit: 's', queries: [{ expr: mean('decroche_talk_seconds', '1h', ['role', 'position']), legend: '{{role}} ({{position}})' }] },
      ],
    },
    {
      height: 7,
      panels: [
        { title: 'DRM ouverts par heure', kind: 'bars', width: 6, unit: 'none', queries: [{ expr: 'sum(increase(decroche_drms_opened_total[1h]))', legend: 'DRM' }] },
        { title: 'Appels mis en attente par heure', kind: 'bars', width: 6, unit: 'none', queries: [{ expr: 'sum by (queue) (increase(decroche_calls_parked_total[1h]))', legend: '{{queue}}' }] },
        { title: 'Rappels par heure', kind: 'bars', width: 6, unit: 'none', usuallyEmpty: 'personne n’a demandé à être rappelé.', queries: [{ expr: 'sum by (step) (increase(decroche_callbacks_total[1h]))', legend: '{{step}}', named: { label: 'step', as: boardLabels.callback } }] },
        { title: 'Tiers appelés par heure', kind: 'bars', width: 6, unit: 'none', usuallyEmpty: 'aucun tiers n’a été appelé en conférence.', queries: [{ expr: 'sum by (step) (increase(decroche_guests_total[1h]))', legend: '{{step}}', named: { label: 'step', as: boardLabels.guest } }] },
      ],
    },
  ],
}
