/** The schema of a SAS for editors, which complete and mark what is written by it; `decroche check` knows more. */
import { z } from 'zod'
import { sasSchema } from './schema.js'

/** What a file may hold, before defaults are filled in. */
export const sasJsonSchema = (): object => ({
  title: 'One SAS of Décroché',
  ...z.toJSONSchema(sasSchema, { io: 'input' }),
})
