/**
 * Keeps the room, also in a Redis that has no memory left: its first write is one that needs none. A lease that ran out while nobody
 * else took the room is taken up again; so is one in a Redis that forgot everything. When it was renewed is left for whoever stands
 * by: the lease of a holder whose answers are slow may be seen by nobody.
 *
 * KEYS[1] lease
 * KEYS[2] meta
 * ARGV[1] owner
 * ARGV[2] epoch
 * ARGV[3] ttl, ms
 *
 * Returns 1 when kept, 2 when kept in a Redis that forgot the room, 0 when another epoch has begun
 */
export const renewLease = `
local epoch = redis.call('HGET', KEYS[2], 'epoch')
if epoch and epoch ~= ARGV[2] then
  return 0
end
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
if holder then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[2], 'renewed', string.format('%.0f', time[1] * 1000000 + time[2]))
return epoch and 1 or 2
`
