/** Signatures as the Standard Webhooks specification has them. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { keyOf, signed } from '../../../src/jobs/signature.js'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

describe('a signature', () => {
  it('is that of the specification’s own example', () => {
    const body = '{"test": 2432232314}'
    expect(signed('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_900, body, keyOf(SECRET))).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  it('is over the id, the time and the body', () => {
    const key = keyOf(SECRET)
    const expected = createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64')).update('1-0.1.{}').digest('base64')
    expect(signed('1-0', 1_000, '{}', key)['webhook-signature']).toBe(`v1,${expected}`)
  })
})

describe('a secret', () => {
  it.each(['', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_', 'whsec_short', `whsec_${'A'.repeat(200)}`, 'whsec_not base64 at all not base64 at all'])('that is none is refused without being repeated: %s', (secret) => {
    expect(() => keyOf(secret)).toThrow('must be whsec_ and 24 to 64 bytes in base64')
  })
})

describe('the check that is written down for those who connect', () => {
  const code = /```js\n([\s\S]*?)```/.exec(readFileSync('docs/integrate.md', 'utf8'))?.[1] ?? ''
  const isOurs = new Function('createHmac', 'timingSafeEqual', `${code.replace(/^import .*$/m, '')}; return isOurs`)(createHmac, timingSafeEqual) as (headers: object, body: string, secret: string) => boolean

  it('takes what we sign, and nothing else', () => {
    const headers = signed('1-0', Date.now(), '{}', keyOf(SECRET))
    expect(isOurs(headers, '{}', SECRET)).toBe(true)
    expect(isOurs({ ...headers, 'webhook-signature': `v1,bad ${headers['webhook-signature']}` }, '{}', SECRET)).toBe(true)
    expect(isOurs(headers, '{"more":1}', SECRET)).toBe(false)
    expect(isOurs({ ...headers, 'webhook-id': '2-0' }, '{}', SECRET)).toBe(false)
    expect(isOurs(signed('1-0', Date.now() - 600_000, '{}', keyOf(SECRET)), '{}', SECRET)).toBe(false)
  })
})
