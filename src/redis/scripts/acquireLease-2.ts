/**
 * Takes the room if nobody has it, with an epoch that no earlier owner had.
 *
 * The epoch follows the server's clock, so it grows even after Redis lost everything it knew.
 *
 * Whoever was told of a holder and is then out of touch leaves the room to that holder for a while, even when the lease
 * has run out: it was Redis that was away (frozen, restarted, emptied), and the holder, who has the only whole room, is on
 * the way back to it. Out of touch is who heard nothing for longer than a lease lasts, whose question was on its way for long,
 * or who finds nothing known of the room. So many times in a row at most: where every question is on its way for long, and still none
 * of a holder's renewals was read between them, there is no holder.
 *
 * KEYS[1] lease
 * KEYS[2] meta
 * ARGV[1] owner
 * ARGV[2] ttl, ms
 * ARGV[3] about, JSON
 * ARGV[4] server's time of the last answer to this asker, µs; 0 for none
 * ARGV[5] time this asker let pass between that answer and this question, µs
 * ARGV[6] server's time before which this asker leaves the room to its holder, µs; 0 for none
 * ARGV[7] for how long to leave it to the holder when out of touch, ms
 * ARGV[8] last renewal that this asker knows of, as it was told
 * ARGV[9] how often in a row this asker was out of touch since that renewal
 * ARGV[10] how often it counts
 *
 * Returns {1, epoch}, or {0, who holds it or '', ms left of the lease, server's time, ARGV[6] from now on, ARGV[8], ARGV[9]}
 */
export const acquireLease = `
local holder = redis.call('GET', KEYS[1])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local epoch = redis.call('HGET', KEYS[2], 'epoch')
local renewed = redis.call('HGET', KEYS[2], 'renewed') or ''
local ttl, heard, earliest = ARGV[2] * 1000, tonumber(ARGV[4]), tonumber(ARGV[6])
local gaps = renewed == ARGV[8] and tonumber(ARGV[9]) or 0
local underway = now - heard - ARGV[5]
-- A clock that was set back in between must not make the wait longer than it is.
earliest = math.min(earliest, now + ARGV[7] * 1000)
-- That outage is over: should nothing be known of the room once more, it is another.
if epoch and now >= earliest then
  earliest = 0
end
if heard > 0 and gaps < tonumber(ARGV[10]) and (now - heard > ttl or underway > ttl / 3 or (not epoch and earliest == 0)) then
  earliest = now + ARGV[7] * 1000
  gaps = gaps + 1
end
local function refused(by, leftMs)
  return {0, by, leftMs, string.format('%.0f', now), string.format('%.0f', earliest), renewed, gaps}
end
if holder and holder ~= ARGV[1] then
  return refused(holder, redis.call('PTTL', KEYS[1]))
end
if now < earliest then
  return refused('', math.ceil((earliest - now) / 1000))
end
epoch = string.format('%.0f', math.max(tonumber(epoch or '0') + 1, now))
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('HSET', KEYS[2], 'epoch', epoch, 'owner', ARGV[1], 'seq', '0', 'about', ARGV[3], 'renewed', string.format('%.0f', now))
return {1, epoch}
`
