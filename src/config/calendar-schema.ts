import { z } from 'zod'
export const timeZone = z.string().default('Europe/Paris')
export const holidayRegion = z.enum(['metropole', 'alsace-moselle']).default('metropole')
export const calendarSchema = z.any()
