/** Words of the activity report. */
import type { FigureId, Unit } from '../reports/definitions.js'
import type { Hours } from '../reports/fold.js'

export const figureLabels: Readonly<Record<FigureId, string>> = {
  '1.1': 'Nombre d’appels décrochés par le SAS',
  '1.2': 'Qualité de service à 30 s : appels décrochés en moins de 30 s / appels décrochés',
  '1.3': 'Nombre total de DRM créés par le SAS',
  '1.4': 'dont DRM AMU',
  '1.5': 'dont DRM ambulatoires',
  '1.6': 'Nombre de conseils médicaux simples délivrés par la régulation ambulatoire',
  unrouted: 'dont DRM non orientés (appelant envoyé vers aucune filière)',
  presented: 'Appels présentés',
  'answer-rate': 'Taux de décroché : décrochés / présentés',
  'in-time': 'Appels décrochés en moins de 30 s',
  'in-time-of-presented': 'Décrochés en moins de 30 s / présentés',
  'mean-wait': 'Attente moyenne avant le décroché',
  'median-wait': 'Attente médiane avant le décroché',
  'p95-wait': 'Attente que 95 % des appels décrochés n’ont pas dépassée',
  abandoned: 'Abandons : appelants ayant raccroché avant tout décroché',
  'abandoned-10': 'dont en moins de 10 s',
  'abandoned-30': 'dont de 10 à moins de 30 s',
  'abandoned-60': 'dont de 30 à moins de 60 s',
  'abandoned-120': 'dont de 60 à moins de 120 s',
  'abandoned-more': 'dont à 120 s ou plus',
  fallback: 'Appels servis par le secours de l’autocommutateur',
  given: 'Appels décrochés par un SAS voisin (comptés chez lui)',
  received: 'Appels décrochés pour un SAS voisin',
  'turned-away': 'Appels refusés, toutes les lignes étant occupées (non présentés)',
  '3.1': 'Nombre de DR (dossiers de régulation)',
  '3.2': 'Conseils « aller aux urgences » délivrés',
  '3.3': 'Prescriptions médicamenteuses téléphoniques délivrées',
  '3.4': 'Appels au médecin traitant du patient',
  '3.5': 'Consultations chez un médecin prises aux horaires de PDSA',
  '3.6': 'Visites d’un médecin au domicile aux horaires de PDSA',
  '3.7': 'Visites d’un professionnel de santé au domicile organisées par la filière MG',
  '3.8': 'Rendez-vous de téléconsultation pris par le SAS',
  '3.9': 'Durée moyenne des appels pris en charge par l’ARM de front office (N1)',
  '3.10': 'Durée moyenne des appels pris en charge par l’ARM N2 de la filière AMU',
  '3.11': 'Durée moyenne des appels pris en charge par l’opérateur de soins non programmés',
  '3.12': 'Durée moyenne des appels pris en charge par le médecin régulateur libéral',
  '3.13': 'Durée moyenne des appels pris en charge par le médecin régulateur hospitalier',
  '3.14': 'Moyens opérationnels déclenchés par le SAS (horaires SAS)',
  '3.15': 'dont SMUR',
  '3.16': 'dont ambulances privées',
  '3.17': 'dont VSAV déclenchés par le SAS',
  '3.18': 'dont VSAV déclenchés en prompt secours par le CODIS',
  '3.19': 'Orientations prises à la suite du déclenchement de moyens (horaires SAS)',
  '3.20': 'dont vers un établissement de santé (hors service d’urgence)',
  '3.21': 'dont vers un service d’urgence',
  '3.22': 'dont vers des soins de ville',
  '3.23': 'dont laissés sur place',
}

export const hoursLabels: Readonly<Record<Hours | 'whole', string>> = {
  whole: 'Ensemble',
  sas: 'Heures SAS',
  pdsa: 'Heures PDSA',
  other: 'Autres heures',
}

export const unitLabels: Readonly<Record<Unit, string>> = { count: 'nombre', ratio: '%', wait: 's', duration: 'min:s' }

export const sectionLabels = {
  table1: 'Tableau 1 : indicateurs prioritaires, à transmettre chaque mois',
  beside: 'À côté des indicateurs prioritaires',
  table3: 'Tableau 3 : indicateurs complémentaires, bilan annuel',
  months: 'Mois par mois (ensemble des heures)',
  baseZero: 'Base zéro',
} as const

export const reportLabels = {
  title: (sas: string, period: string): string => `Rapport d’activité : ${sas}, ${period}`,
  span: (from: string, to: string): string => `Appels arrivés du ${from} au ${to} exclu.`,
  madeAt: (at: string): string => `Établi le ${at} par Décroché, d’après l’archive des faits du moteur.`,
  source: 'Instruction SAS, annexe 3 (BO Santé 2023/1). Un appel compte, en entier, à l’instant de son arrivée. Chaque chiffre est défini dans docs/indicators.md.',
  range: (first: string, last: string): string => `${first} à ${last}`,
  unrouted: 'DRM non orientés',
  toFill: 'à renseigner',
  unknown: 'n. c.',
  warnings: 'À savoir avant de lire ces chiffres',
  line: 'N°',
  figure: 'Indicateur',
  unit: 'Unité',
  table: 'Tableau',
  period: 'Période',
  launch: 'Moyenne des 3 mois avant le lancement',
  year2019: 'Moyenne des mêmes mois de 2019',
  here: 'Ce rapport, par mois',
  sinceLaunch: 'Écart avec l’avant-lancement',
  since2019: 'Écart avec 2019',
} as const

export const warningLabels = {
  'not-over': (upTo: string): string => `La période n’est pas terminée : chiffres partiels, jusqu’au ${upTo}.`,
  'missing-days': (days: string): string => `Jours sans fichier d’archive (UTC) : ${days}. Leurs appels manquent.`,
  silence: (from: string, to: string): string => `Aucun fait archivé du ${from} au ${to} : des appels manquent peut-être.`,
  gap: (from: string, to: string): string => `Trou signalé par l’archive entre le ${from} et le ${to} : des faits y manquent.`,
  unreadable: (lines: number): string => `Lignes illisibles de l’archive : ${lines}. Leurs faits manquent.`,
  'without-beginning': (calls: number): string => `Appels dont le début n’est pas dans l’archive : ${calls}. Ils ne sont comptés nulle part.`,
  'without-end': (calls: number): string => `Appels dont la fin n’est pas dans l’archive : ${calls}. Ils comptent pour ce qui en a été vu.`,
  'without-role': (pickups: number): string => `Décrochés écrits par une version antérieure, sans rôle : ${pickups}. Les durées moyennes ne les comptent pas, et leur filière est celle de la file.`,
  'hours-unknown': (hours: string): string => `Heures non distinguées, faute d’un calendrier nommé sous « reports » : ${hours}.`,
  'base-zero-faulty': 'La base zéro ne se lit pas : ce rapport est fait sans comparaison. « decroche report base-zero check » dit ce qu’il faut y corriger.',
} as const

export const andMore = (more: number): string => `et ${more} autres`
