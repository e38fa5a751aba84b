/**
 * Passwords of local accounts, kept as scrypt hashes (RFC 7914) in PHC format: `$scrypt$ln=17,r=8,p=1$<salt>$<hash>`. A hash
 * says its own parameters, so stronger ones may come without anybody choosing a new password.
 *
 * One takes 128 MiB and some 0.3 s of a thread that the engine shares with everything else that is not done on the event
 * loop: they are made one at a time, and when too many wait, the next is refused.
 */
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'

export const passwordLengthMin = 12
/** Nobody types more; the longer a password, the longer it is looked at before anything is known of who sends it. */
export const passwordLengthMax = 256

interface Cost {
  /** log2 of N. */
  readonly ln: number
  readonly r: number
  readonly p: number
}

const costNow: Cost = { ln: 17, r: 8, p: 1 }
const saltBytes = 16
const hashBytes = 32
const waitingMax = 32

/** Too many wait already. */
export class PasswordsBusy extends Error {
  override readonly name = 'PasswordsBusy'
}

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

let last: Promise<unknown> = Promise.resolve()
let waiting = 0

/** @throws PasswordsBusy */
const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
  if (waiting >= waitingMax) throw new PasswordsBusy()
  waiting += 1
  const mine = last.then(work)
  last = mine.catch(() => {})
  try {
    return await mine
  } finally {
    waiting -= 1
  }
}

/** The same letters, however a keyboard composes their accents. */
const asTyped = (password: string): string => password.normalize('NFKC')

const stretch = (password: string, salt: Buffer, { ln, r, p }: Cost, bytes: number): Promise<Buffer> => {
  const N = 2 ** ln
  return inTurn(() => derive(asTyped(password), salt, bytes, { N, r, p, maxmem: 128 * N * r + 1024 * 1024 }))
}

/** @returns why a password cannot be one, or null. Both lengths are in characters. */
export const passwordFault = (password: string): 'too-short' | 'too-long' | null => {
  const length = [...asTyped(password)].length
  return length < passwordLengthMin ? 'too-short' : length > passwordLengthMax ? 'too-long' : null
}

/** @throws PasswordsBusy */
export const hashPassword = async (password: string, cost: Cost = costNow): Promise<string> => {
  const salt = randomBytes(saltBytes)
  const hash = await stretch(password, salt, cost, hashBytes)
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

const stored = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]{16,})\$([\w-]{22,})$/

/**
 * Whether the password is the one behind the hash. Without a hash it takes as long, and is not: how long an answer takes does
 * not tell which accounts there are.
 * @throws PasswordsBusy
 */
export const passwordMatches = async (password: string, hash: string | null): Promise<boolean> => {
  const [, ln, r, p, salt = '', wanted = ''] = stored.exec(hash ?? '') ?? []
  if (ln === undefined) {
    await stretch(password, randomBytes(saltBytes), costNow, hashBytes)
    return false
  }
  const expected = Buffer.from(wanted, 'base64url')
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  return timingSafeEqual(await stretch(password, Buffer.from(salt, 'base64url'), cost, expected.length), expected)
}
