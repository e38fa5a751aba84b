/** What a reader of Redis alone must know of the configuration: names of queues and positions, limits of quality. */
import { z } from 'zod'
import type { SasConfig } from '../config/schema.js'
import { N1, type StaffingGuard } from '../routing/rules.js'
import { readJson } from '../read-json.js'

const aboutSchema = z.object({
  name: z.string(),
  /** Of the SAS; absent from what an engine wrote that did not know of it. */
  timeZone: z.string().optional(),
  /** In the order in which people expect them: N1, then each filière's stages. */
  queues: z.array(z.object({ id: z.string(), position: z.string(), roles: z.array(z.string()), skills: z.array(z.string()).default([]) })),
  positions: z.array(z.object({ id: z.string(), label: z.string() })),
  /** Absent from what an engine wrote that did not know of it. */
  trunks: z.array(z.object({ id: z.string(), channels: z.number(), reserved: z.number() })).default([]),
  /** Where people work who are not at the SAS, by person; absent as well. */
  sites: z.record(z.string(), z.string()).default({}),
  /** Guards in force; absent as well. */
  staffing: z.array(z.object({ id: z.string(), label: z.string(), role: z.string(), position: z.string().nullable(), min: z.number() })).default([]),
  quality: z.object({ answerMs: z.number(), orientationMs: z.number() }),
})

export type About = z.infer<typeof aboutSchema>

/** @param guards in force now */
export const aboutSas = ({ sas, trunks, filieres, people, quality }: SasConfig, guards: readonly StaffingGuard[] = []): About => ({
  name: sas.name,
  timeZone: sas.timeZone,
  queues: [
    { id: N1, position: N1, roles: ['ARM'], skills: [] },
    ...filieres.flatMap(({ id, stages }) =>
      stages.map((stage) => ({ id: stage.id, position: id, roles: stage.roles, skills: stage.skills })),
    ),
  ],
  positions: [{ id: N1, label: 'Premier décroché' }, ...filieres.map(({ id, label }) => ({ id, label }))],
  trunks: Object.entries(trunks).map(([id, { channels, reservedChannels }]) => ({ id, channels, reserved: reservedChannels })),
  sites: Object.fromEntries(people.flatMap(({ id, site }) => (site === undefined ? [] : [[id, site]]))),
  staffing: [...guards],
  quality: { answerMs: quality.answerSeconds * 1_000, orientationMs: quality.orientationSeconds * 1_000 },
})

/** Null when nothing readable is there. */
export const readAbout = (json: string | null | undefined): About | null => (json === null || json === undefined ? null : readJson(aboutSchema, json))
