/** What `decroche recordings verify` tells. */
import { RecordingKeeper, type Verdict } from './keeper.js'

export interface Verified {
  readonly sound: number
  /** Names, sorted: of recordings that are not whole yet, or whose seal is gone. */
  readonly unsealed: readonly string[]
  readonly changed: readonly string[]
  readonly missing: readonly string[]
}

/** Compares every recording with its seal, and changes nothing. @throws Error when the directory, or a file in it, cannot be read */
export async function verifyRecordings(dir: string): Promise<Verified> {
  const nothing = (): void => {}
  const verdicts = await new RecordingKeeper({ dir, retentionMs: () => null, now: Date.now, onProblem: nothing }).verify()
  const those = (wanted: Verdict): string[] => [...verdicts].flatMap(([name, verdict]) => (verdict === wanted ? name : [])).sort()
  return { sound: those('sound').length, unsealed: those('unsealed'), changed: those('changed'), missing: those('missing') }
}

export const areSound = ({ changed, missing }: Verified): boolean => changed.length + missing.length === 0

export const showVerified = (verified: Verified): string =>
  [
    `${areSound(verified) ? 'sound' : 'NOT SOUND'}: ${verified.sound} recordings are as they were sealed`,
    ...verified.changed.map((name) => `${name}: changed since it was sealed`),
    ...verified.missing.map((name) => `${name}: sealed, and gone before its time`),
    ...verified.unsealed.map((name) => `${name}: not sealed`),
  ].join('\n')
