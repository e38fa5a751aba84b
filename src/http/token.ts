/** The bearer token, compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Whether an `Authorization` header carries the token. */
export const createTokenCheck = (token: string): ((authorization: string | undefined) => boolean) => {
  const expected = digest(token)
  return (authorization) => {
    const given = /^Bearer ([^\s]{1,512})$/i.exec(authorization ?? '')?.[1] ?? ''
    return timingSafeEqual(digest(given), expected)
  }
}

/** IPv4 and IPv6 addresses of this machine itself. */
export const isLoopback = (ip: string): boolean => ip === '::1' || /^(::ffff:)?127\./.test(ip)
