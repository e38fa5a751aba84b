/**
 * Takes the room if nobody has it, with an epoch that no earlier owner had.
 *
 * The epoch follows the server's clock, so it grows even after Redis lost everything it knew.
 *
 * KEYS[1] lease
 * KEYS[2] meta
 * ARGV[1] owner
 * ARGV[2] ttl, ms
 * ARGV[3] about, JSON
 *
 * Returns {1, epoch} or {0, owner who holds it, ms left}
 */
export const acquireLease = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return {0, holder, redis.call('PTTL', KEYS[1])}
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local known = tonumber(redis.call('HGET', KEYS[2], 'epoch') or '0')
local epoch = string.format('%.0f', math.max(known + 1, now))
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('HSET', KEYS[2], 'epoch', epoch, 'owner', ARGV[1], 'seq', '0', 'about', ARGV[3])
return {1, epoch}
`
