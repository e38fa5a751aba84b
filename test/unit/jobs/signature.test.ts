/** Signatures as the Standard Webhooks specification has them. */
import { createHmac } from 'node:crypto'
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
