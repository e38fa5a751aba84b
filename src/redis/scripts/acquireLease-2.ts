/**
 * Takes the room if nobody has it, with an epoch that no earlier owner had.
 *
 * The epoch follows the server's clock, so it grows even after Redis lost everything it knew.
 *
 * Whoever was told of a holder, and then heard nothing for longer than a lease lasts or finds nothing known of the room, does not
 * take it at once: it was Redis that was away (frozen, restarted, emptied), and the holder, who has the only whole room, is on
 * the way back to it.
 *
 * KEYS[1] lease
 * KEYS[2] meta
 * ARGV[1] owner
 * ARGV[2] ttl, ms
 * ARGV[3] about, JSON
 * ARGV[4] server's time of the last answer to this asker, µs; 0 for none
 * ARGV[5] server's time before which this asker may not take the room, µs; 0 for none
 *
 * Returns {1, epoch}, {0, owner who holds it, ms left, server's time} or {2, server's time} for out of touch
 */
export const acquireLease = `
local holder = redis.call('GET', KEYS[1])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if holder and holder ~= ARGV[1] then
  return {0, holder, redis.call('PTTL', KEYS[1]), string.format('%.0f', now)}
end
local epoch = redis.call('HGET', KEYS[2], 'epoch')
local heard, earliest = tonumber(ARGV[4]), tonumber(ARGV[5])
local lost = now - heard > ARGV[2] * 1000 or (not epoch and earliest == 0)
if heard > 0 and (lost or now < earliest) then
  return {2, string.format('%.0f', now)}
end
epoch = string.format('%.0f', math.max(tonumber(epoch or '0') + 1, now))
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('HSET', KEYS[2], 'epoch', epoch, 'owner', ARGV[1], 'seq', '0', 'about', ARGV[3])
return {1, epoch}
`
