/** What `decroche why` says around the story of a call. */
export const whyLabels = {
  title: (call: string, day: string, timeZone: string): string => `Appel ${call}, ${day} (fuseau ${timeZone})`,
  unknown: (call: string): string => `Rien n’est connu de l’appel ${call}.`,
  nothingTold: 'Rien n’a été décidé pour cet appel.',
  noBeginning: 'Le début de son histoire n’est plus connu.',
  noArchive: (dir: string): string => `L’archive ne peut pas être lue (${dir}).`,
  gap: (from: string, to: string): string => `L’archive a une lacune de ${from} à ${to} : une partie de l’histoire peut manquer.`,
} as const
