/**
 * Notes one call from a number and counts those before it, which may be told again: a call that is noted stays where it stands, and counts
 * what it counted. The number's calls are forgotten after as long without a new one.
 *
 * KEYS[1] calls from one number
 * ARGV[1] call
 * ARGV[2] when it came, ms since the epoch
 * ARGV[3] how far back is counted, ms
 * ARGV[4] calls kept
 *
 * Returns the calls within that time before it
 */
export const noteCall = `
local span = tonumber(ARGV[3])
local came = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]))
if not came then
  came = tonumber(ARGV[2])
  redis.call('ZADD', KEYS[1], came, ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', came - span))
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -(tonumber(ARGV[4]) + 1))
  redis.call('PEXPIRE', KEYS[1], span)
end
return math.max(0, redis.call('ZCOUNT', KEYS[1], string.format('%.0f', came - span), string.format('%.0f', came)) - 1)
`
