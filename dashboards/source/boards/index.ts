import { board } from '../board.js'
import { entraide } from './entraide.js'
import { filieres } from './filieres.js'
import { infrastructure } from './infrastructure.js'
import { mois } from './mois.js'
import { qualite } from './qualite.js'
import { salle } from './salle.js'

/** Each file below dashboards/grafana/boards, by name, as it is committed. */
export const boardFiles = (): ReadonlyMap<string, string> =>
  new Map([salle, qualite, filieres, infrastructure, entraide, mois].map((spec) => [`${spec.uid}.json`, `${JSON.stringify(board(spec), null, 2)}\n`]))
