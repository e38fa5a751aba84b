/** A SAS that ships, without the others with which it helps itself: in the lab they are other ones, or none. */
import type { z } from 'zod'
import type { sasSchema } from '../src/config/schema.js'

export type SasInput = z.input<typeof sasSchema>

export function alone({ neighbours: _, giving: __, trunks, entries, ...sas }: SasInput): SasInput {
  const isOthers = (trunk: string): boolean => trunks[trunk]?.kind === 'neighbour'
  return { ...sas, trunks: Object.fromEntries(Object.entries(trunks).filter(([id]) => !isOthers(id))), entries: entries.filter(({ trunk }) => !isOthers(trunk)) }
}
