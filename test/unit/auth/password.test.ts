/** Passwords: hashed slowly on purpose, and never in the way of calls. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { PasswordsBusy, hashPassword, passwordFault, passwordMatches } from '../../../src/auth/password.js'

const quick = { ln: 10, r: 8, p: 1 }

describe('a password', () => {
  it('matches its own hash, whatever keyboard composes its accents', async () => {
    const hash = await hashPassword('Été à la mer 2026', quick)
    expect(await passwordMatches('E\u0301te\u0301 a\u0300 la mer 2026', hash)).toBe(true)
    expect(await passwordMatches('Ete a la mer 2026', hash)).toBe(false)
  })

  it('is hashed with a salt of its own and the parameters beside it', async () => {
    const [one, other] = [await hashPassword('la même phrase', quick), await hashPassword('la même phrase', quick)]
    expect(one).toMatch(/^\$scrypt\$ln=10,r=8,p=1\$[\w-]{22}\$[\w-]{43}$/)
    expect(one).not.toBe(other)
    expect(await hashPassword('la même phrase')).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$/)
  })

  it.each([
    ['onze lettre', 'too-short'],
    ['douze lettre', null],
    ['é'.repeat(12), null],
    ['x'.repeat(257), 'too-long'],
  ])('%j: %s', (password, fault) => expect(passwordFault(password)).toBe(fault))

  it('takes as long where there is no account', async () => {
    const time = async (hash: string | null): Promise<number> => {
      const since = performance.now()
      await passwordMatches('un essai quelconque', hash)
      return performance.now() - since
    }
    const hash = await hashPassword('la bonne phrase')
    const [known, unknown] = [await time(hash), await time(null)]
    expect(unknown).toBeGreaterThan(known / 3)
  })

  it('is refused when too many wait, while the event loop goes on', async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    const waiting = Array.from({ length: 32 }, () => hashPassword('quelque chose', { ln: 14, r: 8, p: 1 }))
    await expect(hashPassword('un de trop', quick)).rejects.toThrow(PasswordsBusy)
    delay.enable()
    await Promise.all(waiting)
    delay.disable()
    // Milliseconds; a hash takes some thirty.
    expect(delay.percentile(50) / 1e6).toBeLessThan(10)
    expect(await hashPassword('de nouveau', quick)).toContain('$scrypt$')
  })
})
