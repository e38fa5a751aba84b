/** The story of one call, for a supervisor: what Redis still has of it and what the archive has, as one. */
import { noStatusMessages, sentence, type Names } from '../messages.fr.js'
import { whyLabels as labels } from '../messages/why.fr.js'
import type { About } from '../redis/about.js'
import type { Fact } from '../routing/facts.js'
import { queueLabel } from '../status/queue-label.js'
import { NoStatus, readCallFacts } from '../status/read-status.js'
import { duration } from '../status/status-text.js'
import { NoArchive } from './files.js'
import { isAfter, timeOfId, type Gap } from './format.js'
import { entriesOfCall, gaps } from './read.js'

export interface Story {
  readonly call: string
  /** In order; none when nothing is known. */
  readonly facts: readonly { readonly id: string; readonly fact: Fact; readonly text: string | null }[]
  /** Of the SAS, as times are written. */
  readonly timeZone: string
  /** What could not be asked, and what may be missing. */
  readonly notices: readonly string[]
}

export interface Sources {
  /** Redis. */
  readonly url: string
  readonly sas: string | undefined
  /** Null for no archive. */
  readonly dir: string | null
}

const defaultTimeZone = 'Europe/Paris'
const beginnings: ReadonlySet<Fact['type']> = new Set(['presented', 'received', 'called-out', 'turned-away', 'gift-refused'])

/** @throws {NoStatus} when there is no archive either */
export const storyOf = async (call: string, { url, sas, dir }: Sources): Promise<Story> => {
  const notices: string[] = []
  const facts = new Map<string, Fact>()
  let about: About | null = null
  try {
    const live = await readCallFacts(url, sas, call)
    about = live.about
    for (const { id, fact } of live.entries) facts.set(id, fact)
  } catch (error) {
    if (!(error instanceof NoStatus) || dir === null) throw error
    notices.push(noStatusMessages[error.why](new URL(url).host, error.known))
  }
  const holes: Gap[] = []
  try {
    if (dir !== null) for await (const { id, fact } of entriesOfCall(dir, call)) if (fact) facts.set(id, fact)
    const [first] = facts.keys()
    if (dir !== null && first !== undefined) for await (const gap of gaps(dir, timeOfId(first))) holes.push(gap)
  } catch (error) {
    if (!(error instanceof NoArchive)) throw error
    notices.push(labels.noArchive(dir ?? ''))
  }
  const names = namesBy(about)
  const told = [...facts].sort(([one], [other]) => (isAfter(one, other) ? 1 : -1)).map(([id, fact]) => ({ id, fact, text: sentence(fact, names) }))
  const timeZone = about?.timeZone ?? defaultTimeZone
  const [first, last] = [told[0], told.at(-1)]
  if (first && last) {
    if (!told.some(({ fact }) => beginnings.has(fact.type))) notices.push(labels.noBeginning)
    const within = holes.filter(({ after, before }) => isAfter(before, first.id) && isAfter(last.id, after))
    for (const { after, before } of within) notices.push(labels.gap(momentIn(timeZone, timeOfId(after)), momentIn(timeZone, timeOfId(before))))
  }
  return { call, facts: told, timeZone, notices }
}

const namesBy = (about: About | null): Names => ({
  queue: (id) => queueLabel(id, about?.queues ?? [], about?.positions ?? []),
  agent: (id) => id,
  duration,
})

const momentIn = (timeZone: string, at: number): string => new Date(at).toLocaleString('fr-FR', { timeZone, dateStyle: 'short', timeStyle: 'medium' })

/** As a supervisor reads it: the time, and how long after the first. */
export const showStory = ({ call, facts, timeZone }: Story): string => {
  const [first] = facts
  if (!first) return labels.unknown(call)
  const day = new Date(first.fact.at).toLocaleDateString('fr-FR', { timeZone, dateStyle: 'full' })
  const told = facts.flatMap(({ fact: { at }, text }) => (text === null ? [] : [`${new Date(at).toLocaleTimeString('fr-FR', { timeZone })}  ${`+${duration(Math.max(0, at - first.fact.at))}`.padEnd(13)}  ${text}`]))
  return [labels.title(call, day, timeZone), '', ...(told.length === 0 ? [labels.nothingTold] : told)].join('\n')
}
