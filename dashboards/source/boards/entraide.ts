import type { BoardSpec } from '../board.js'
import { boardLabels } from '../../../src/messages/boards.fr.js'

const bySip = 'le voisin n’est joint que par SIP, ou il n’y en a pas.'
const yesNo = { 0: ['non', 'text'], 1: ['oui', 'orange'] } as const

/** Calls given to neighbours and received from them, and whether the links hold. */
export const entraide: BoardSpec = {
  uid: 'entraide',
  title: 'Entraide',
  refresh: '15s',
  time: { from: 'now-24h', to: 'now' },
  rows: [
    {
      height: 6,
      panels: [
        { title: 'Voisins entendus', kind: 'stat', width: 8, unit: 'none', words: { 0: ['muet', 'red'], 1: ['entendu', 'green'] }, usuallyEmpty: bySip, queries: [{ expr: 'max by (neighbour) (decroche_neighbour_up)', legend: '{{neighbour}}' }] },
        { title: 'Silence du voisin', kind: 'stat', width: 8, unit: 's', thresholds: ['green', [3, 'orange'], [10, 'red']], usuallyEmpty: bySip, queries: [{ expr: 'min by (neighbour) (decroche_neighbour_silence_seconds)', legend: '{{neighbour}}' }] },
        { title: 'Règles d’entraide en vigueur', kind: 'stat', width: 8, unit: 'none', words: yesNo, queries: [{ expr: 'max by (rule) (decroche_giving_active)', legend: '{{rule}}' }] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Appels en cours avec un voisin', kind: 'bars', width: 12, unit: 'none', queries: [{ expr: 'sum by (neighbour, direction) (decroche_neighbour_calls_under_way)', legend: '{{neighbour}} {{direction}}', named: { label: 'direction', as: boardLabels.direction } }] },
        { title: 'Appels par heure', kind: 'bars', width: 12, unit: 'none', help: 'Donnés et reçus, et ceux qui ont été proposés sans suite.', queries: [{ expr: 'sum by (neighbour, step) (increase(decroche_neighbour_calls_total[1h]))', legend: '{{neighbour}} {{step}}', named: { label: 'step', as: boardLabels.neighbourStep } }] },
      ],
    },
    {
      height: 8,
      panels: [
        { title: 'Part des appels présentés donnée aux voisins, 1 heure', kind: 'series', width: 8, unit: 'percentunit', queries: [{ expr: 'sum(increase(decroche_calls_ended_total{outcome="neighbour"}[1h])) / (sum(increase(decroche_calls_presented_total[1h])) > 0)', legend: 'donnés' }] },
        { title: 'Places demandées par les voisins, par heure', kind: 'bars', width: 8, unit: 'none', usuallyEmpty: bySip, queries: [{ expr: 'sum by (neighbour, answer) (increase(decroche_reservations_total[1h]))', legend: '{{neighbour}} {{answer}}', named: { label: 'answer', as: boardLabels.reservation } }] },
        { title: 'Demandes refusées par heure', kind: 'bars', width: 8, unit: 'none', usuallyEmpty: 'personne ne s’est présenté à tort comme voisin.', queries: [{ expr: 'sum by (reason) (increase(decroche_neighbours_refused_total[1h]))', legend: '{{reason}}' }] },
      ],
    },
  ],
}
