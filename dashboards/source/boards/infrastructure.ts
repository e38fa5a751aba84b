import { quantile, type BoardSpec, type Steps } from '../board.js'
import { lines, never, quick } from '../limits.js'
import { boardLabels } from '../../../src/messages/boards.fr.js'

const sameMachine = 'le moteur ne voit pas le processus de l’autocommutateur, sur une autre machine ou dans un autre conteneur.'
const disk: Steps = ['red', [0.1, 'orange'], [0.2, 'green']]
const place = '{{trunk}}{{site}}'

/** For the engineer at three in the morning: which link of the chain is down or full (R-QS-7). */
export const infrastructure: BoardSpec = {
  uid: 'infrastructure',
  title: 'Lignes et infrastructure',
  refresh: '10s',
  time: { from: 'now-3h', to: 'now' },
  rows: [
    {
      height: 5,
      panels: [
        { title: 'Moteurs', kind: 'stat', width: 4, unit: 'none', words: { 0: ['ne répond pas', 'red'], 1: ['en marche', 'green'] }, queries: [{ expr: 'up{job="decroche"}', legend: '{{instance}}' }] },
        { title: 'Liaisons du moteur actif', kind: 'stat', width: 8, unit: 'none', words: { 0: ['coupée', 'red'], 1: ['établie', 'green'] }, help: 'La salle (lease) est tenue par un seul moteur.', queries: [{ expr: 'max by (part) (decroche_up and on (instance) decroche_up{part="lease"} == 1) or max by (part) (decroche_up{part="lease"})', legend: '{{part}}', named: { label: 'part', as: boardLabels.part } }] },
        { title: 'De l’appel entrant à la sonnerie', kind: 'stat', width: 6, unit: 's', help: 'Compte aussi l’attente quand personne n’est libre.', queries: [
          { expr: quantile(0.5, 'decroche_arrival_to_ringing_seconds', '15m'), legend: 'un sur deux' },
          { expr: quantile(0.99, 'decroche_arrival_to_ringing_seconds', '15m'), legend: '99 sur 100' },
        ] },
        { title: 'Appels d’épreuve manqués, 1 heure', kind: 'stat', width: 3, unit: 'none', thresholds: never, help: 'Le moteur s’appelle lui-même, si le fichier le demande.', queries: [{ expr: 'sum(increase(decroche_canary_total{outcome!="passed"}[1h]))', legend: 'manqués' }] },
        { title: 'Version', kind: 'stat', width: 3, unit: 'none', nameOnly: true, queries: [{ expr: 'count by (version) (decroche_build_info)', legend: '{{version}}' }] },
      ],
    },
    {
      heading: 'Lignes et réseau',
      height: 8,
      panels: [
        { title: 'Lignes occupées', kind: 'series', width: 8, unit: 'percentunit', thresholds: lines, queries: [{ expr: 'max by (trunk) (decroche_trunk:channels_in_use:ratio)', legend: '{{trunk}}' }] },
        { title: 'Appels refusés, faisceau plein, par quart d’heure', kind: 'bars', width: 4, unit: 'none', queries: [{ expr: 'sum by (trunk, number) (increase(decroche_calls_turned_away_total[15m]))', legend: '{{number}} ({{trunk}})' }] },
        { title: 'Paquets perdus', kind: 'series', width: 4, unit: 'percentunit', thresholds: ['green', [0.01, 'orange'], [0.03, 'red']], help: 'Son reçu par l’autocommutateur, par faisceau ou par site, sur les appels échantillonnés.', queries: [{ expr: 'sum by (trunk, site) (increase(decroche_rtp_packets_lost_total[5m])) / (sum by (trunk, site) (increase(decroche_rtp_packets_lost_total[5m]) + increase(decroche_rtp_packets_received_total[5m])) > 0)', legend: place }] },
        { title: 'Gigue, 9 mesures sur 10', kind: 'series', width: 4, unit: 's', thresholds: ['green', [0.03, 'orange'], [0.05, 'red']], queries: [{ expr: quantile(0.9, 'decroche_rtp_jitter_seconds', '5m', ['trunk', 'site']), legend: place }] },
        { title: 'Aller-retour du son, 9 mesures sur 10', kind: 'series', width: 4, unit: 's', thresholds: ['green', [0.15, 'orange'], [0.3, 'red']], usuallyEmpty: 'les postes n’envoient pas de rapports RTCP.', queries: [{ expr: quantile(0.9, 'decroche_rtp_round_trip_seconds', '5m', ['trunk', 'site']), legend: place }] },
      ],
    },
    {
      heading: 'Autocommutateur',
      height: 7,
      panels: [
        { title: 'Canaux SIP', kind: 'series', width: 3, unit: 'none', queries: [{ expr: 'max(decroche_pbx_channels)', legend: 'canaux' }] },
        { title: 'Files des tâches de l’autocommutateur', kind: 'series', width: 4, unit: 'none', thresholds: ['green', [100, 'orange'], [450, 'red']], help: 'À 500, l’autocommutateur refuse les nouveaux appels.', queries: [
          { expr: 'max by (family) (decroche_pbx_taskprocessor_queue)', legend: '{{family}}' },
          { expr: 'max(decroche_pbx_taskprocessors_overloaded)', legend: 'débordées' },
        ] },
        { title: 'Mémoire de l’autocommutateur', kind: 'series', width: 3, unit: 'bytes', usuallyEmpty: sameMachine, queries: [{ expr: 'max(decroche_pbx_process_resident_memory_bytes)', legend: 'mémoire' }] },
        { title: 'Processeur de l’autocommutateur', kind: 'series', width: 3, unit: 'percentunit', help: 'Part d’un cœur.', usuallyEmpty: sameMachine, queries: [{ expr: 'max(rate(decroche_pbx_process_cpu_seconds_total[1m]))', legend: 'processeur' }] },
        { title: 'Requêtes ARI, 99 sur 100', kind: 'series', width: 4, unit: 's', thresholds: quick, queries: [{ expr: quantile(0.99, 'decroche_ari_request_seconds', '5m', [], '{operation!="channels.rtpstatistics"}'), legend: 'réponse' }] },
        { title: 'Requêtes ARI sans succès, par minute', kind: 'bars', width: 4, unit: 'none', usuallyEmpty: 'l’autocommutateur répond à tout.', queries: [{ expr: 'sum by (outcome) (rate(decroche_ari_request_seconds_count{outcome!="ok",operation!="channels.rtpstatistics"}[5m])) * 60', legend: '{{outcome}}' }] },
        { title: 'Silence d’ARI', kind: 'series', width: 3, unit: 's', thresholds: ['green', [2, 'orange'], [3, 'red']], help: 'Au-delà de 3 s, la connexion est refaite.', queries: [{ expr: 'max(decroche_ari_silence_seconds)', legend: 'silence' }] },
      ],
    },
    {
      heading: 'Redis et journal',
      height: 7,
      panels: [
        { title: 'Écriture d’une décision, 99 sur 100', kind: 'series', width: 6, unit: 's', thresholds: quick, help: 'Au-delà de 0,1 s, le moteur continue de mémoire.', queries: [{ expr: quantile(0.99, 'decroche_redis_commit_seconds', '5m'), legend: 'écriture' }] },
        { title: 'Écritures sans réponse, par minute', kind: 'bars', width: 6, unit: 'none', usuallyEmpty: 'Redis confirme tout.', queries: [{ expr: 'sum by (outcome) (rate(decroche_redis_commit_seconds_count{outcome!="ok"}[5m])) * 60', legend: '{{outcome}}' }] },
        { title: 'Mémoire de Redis', kind: 'series', width: 6, unit: 'bytes', queries: [{ expr: 'label_replace(max(decroche_redis_memory_bytes), "what", "utilisée", "", "") or label_replace(max(decroche_redis_memory_limit_bytes), "what", "limite", "", "")', legend: '{{what}}' }] },
        { title: 'Journal', kind: 'series', width: 6, unit: 'none', help: 'Il est coupé vers 100 000 faits.', queries: [
          { expr: 'max(decroche_journal_entries)', legend: 'faits gardés' },
          { expr: 'sum(decroche_journal_unconfirmed_facts)', legend: 'pas encore confirmés' },
          { expr: 'sum(decroche_journal_dropped_facts_total)', legend: 'perdus' },
        ] },
      ],
    },
    {
      heading: 'Moteur',
      height: 7,
      panels: [
        { title: 'Une décision, 99 sur 100', kind: 'series', width: 5, unit: 's', queries: [{ expr: quantile(0.99, 'decroche_decision_seconds', '5m'), legend: 'décision' }] },
        { title: 'Retard de la boucle d’événements', kind: 'series', width: 5, unit: 's', thresholds: quick, queries: [{ expr: 'max by (instance) (decroche_nodejs_eventloop_lag_p99_seconds)', legend: '{{instance}}, 99 sur 100' }] },
        { title: 'Processeur', kind: 'series', width: 4, unit: 'percentunit', help: 'Part d’un cœur. Un seul cœur décide.', thresholds: ['green', [0.5, 'orange'], [0.8, 'red']], queries: [{ expr: 'rate(decroche_process_cpu_seconds_total[1m])', legend: '{{instance}}' }] },
        { title: 'Mémoire', kind: 'series', width: 5, unit: 'bytes', queries: [{ expr: 'decroche_process_resident_memory_bytes', legend: '{{instance}}' }] },
        { title: 'Échecs par minute', kind: 'bars', width: 5, unit: 'none', usuallyEmpty: 'tout ce qui est décidé a pu être fait.', queries: [
          { expr: 'sum by (effect) (rate(decroche_effects_failed_total{normal="false"}[5m])) * 60', legend: '{{effect}}' },
          { expr: 'sum by (reason) (rate(decroche_ari_disconnections_total[5m])) * 60', legend: '{{reason}}' },
        ] },
      ],
    },
    {
      heading: 'Logiciel métier, pages, accès',
      height: 7,
      panels: [
        { title: 'Événements dus au LRM', kind: 'series', width: 5, unit: 'none', queries: [{ expr: 'max by (endpoint) (decroche_lrm_undelivered)', legend: '{{endpoint}}' }] },
        { title: 'Retard du LRM', kind: 'series', width: 5, unit: 's', thresholds: ['green', [30, 'orange'], [120, 'red']], queries: [{ expr: 'max by (endpoint) (decroche_lrm_oldest_undelivered_seconds)', legend: '{{endpoint}}' }] },
        { title: 'Requêtes HTTP, 99 sur 100', kind: 'series', width: 5, unit: 's', queries: [{ expr: quantile(0.99, 'decroche_http_request_seconds', '5m'), legend: 'réponse' }] },
        { title: 'Pages ouvertes', kind: 'series', width: 4, unit: 'none', queries: [
          { expr: 'sum(decroche_sessions)', legend: 'personnes connectées' },
          { expr: 'sum(decroche_feed_watchers)', legend: 'pages qui suivent la salle' },
        ] },
        { title: 'Connexions refusées par quart d’heure', kind: 'bars', width: 5, unit: 'none', thresholds: never, queries: [{ expr: 'sum by (kind) (increase(decroche_sign_in_events_total{kind=~"wrong-password|forged-token|token-reused"}[15m]))', legend: '{{kind}}', named: { label: 'kind', as: boardLabels.signIn } }] },
      ],
    },
    {
      heading: 'Enregistrements et certificats',
      height: 4,
      panels: [
        { title: 'Enregistreur', kind: 'stat', width: 6, unit: 'none', words: { 0: ['en échec', 'red'], 1: ['en marche', 'green'] }, usuallyEmpty: 'le fichier ne demande aucun enregistrement.', queries: [{ expr: 'max(decroche_recorder_up)', legend: 'enregistreur' }] },
        { title: 'Enregistrements manqués, 1 heure', kind: 'stat', width: 6, unit: 'none', thresholds: never, queries: [{ expr: 'sum(increase(decroche_recordings_total{step="failed"}[1h]))', legend: 'manqués' }] },
        { title: 'Certificats', kind: 'stat', width: 6, unit: 'dtdurations', thresholds: ['red', [1_209_600, 'green']], help: 'Encore valables pour.', usuallyEmpty: 'le moteur ne sert pas en HTTPS et n’a pas de voisin relié.', queries: [{ expr: 'min by (certificate) (decroche_certificate_expiry_timestamp_seconds) - time()', legend: '{{certificate}}' }] },
      ],
    },
    {
      heading: 'Archive',
      height: 6,
      panels: [
        { title: 'Archiveur', kind: 'stat', width: 5, unit: 'none', words: { 0: ['en panne', 'red'], 1: ['en marche', 'green'] }, queries: [{ expr: 'min by (part) (decroche_archive_up)', legend: '{{part}}', named: { label: 'part', as: boardLabels.archivePart } }] },
        { title: 'Retard de l’archive', kind: 'series', width: 4, unit: 's', thresholds: ['green', [60, 'orange'], [300, 'red']], queries: [{ expr: 'max by (instance) (decroche_archive_lag_seconds)', legend: '{{instance}}' }] },
        { title: 'Lacunes, 24 heures', kind: 'stat', width: 3, unit: 'none', thresholds: never, queries: [{ expr: 'sum(increase(decroche_archive_gaps_total[1d]))', legend: 'lacunes' }] },
        { title: 'Disque de l’archive', kind: 'gauge', width: 4, unit: 'percentunit', thresholds: disk, help: 'Part libre.', queries: [{ expr: 'min by (instance) (decroche_archive_disk_free_bytes / decroche_archive_disk_size_bytes)', legend: '{{instance}}' }] },
        { title: 'Disque des enregistrements', kind: 'gauge', width: 4, unit: 'percentunit', thresholds: disk, help: 'Part libre.', usuallyEmpty: 'l’archiveur ne garde pas d’enregistrements.', queries: [{ expr: 'min by (instance) (decroche_archive_recordings_disk_free_bytes / decroche_archive_recordings_disk_size_bytes)', legend: '{{instance}}' }] },
        { title: 'Rapports du mois, 24 heures', kind: 'stat', width: 4, unit: 'none', queries: [{ expr: 'sum by (outcome) (increase(decroche_archive_reports_total[1d]))', legend: '{{outcome}}', named: { label: 'outcome', as: boardLabels.report } }] },
      ],
    },
  ],
}
