import type { z } from 'zod'

/** Null when it is not JSON, or not what the schema says. */
export const readJson = <T>(schema: z.ZodType<T>, json: string): T | null => {
  try {
    const parsed = schema.safeParse(JSON.parse(json))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
