/**
 * The whole room at once, after Redis was away or forgot. Facts that an earlier commit may or may not have written are
 * given with that commit's sequence number; only those not written yet are appended. A snapshot given up and read by a
 * thawing Redis after a later one changes nothing. The first write is one that a full Redis refuses, so that nothing is done by half.
 *
 * KEYS[1] meta
 * KEYS[2] calls
 * KEYS[3] agents
 * KEYS[4] journal
 * KEYS[5…] one for each DRM, and for an answer that is to be remembered
 * ARGV[1] epoch
 * ARGV[2] sequence number of the last commit asked for
 * ARGV[3] facts kept in the journal, about
 * ARGV[4] retention of personal data, ms
 * ARGV[5] how many calls: each id, record follows
 * ARGV[6] how many agents: each id, record follows
 * ARGV[7] how many facts: each sequence number, fact follows
 * ARGV[8] owner
 * ARGV[9] about, JSON
 * ARGV[10] how far the fallback's record was read, empty for not at all
 * ARGV[11] the supervisors' overrides, JSON
 * the rest: a record for each of these, and how long it is kept, ms
 *
 * Returns 1 written, 0 another epoch, -2 overtaken by later commits
 */
export const replaceAll = `
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
if meta[1] and meta[1] ~= ARGV[1] then
  return 0
end
local written = meta[1] and tonumber(meta[2]) or 0
if written > tonumber(ARGV[2]) then
  return -2
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'seq', ARGV[2], 'owner', ARGV[8], 'about', ARGV[9], 'fallback', ARGV[10], 'overrides', ARGV[11])
redis.call('DEL', KEYS[2], KEYS[3])
local at = 12
for target = 2, 3 do
  for _ = 1, tonumber(ARGV[target + 3]) do
    redis.call('HSET', KEYS[target], ARGV[at], ARGV[at + 1])
    at = at + 2
  end
end
redis.call('PEXPIRE', KEYS[2], ARGV[4])
for _ = 1, tonumber(ARGV[7]) do
  if tonumber(ARGV[at]) > written then
    redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[3], '*', 'f', ARGV[at + 1])
  end
  at = at + 2
end
for kept = 5, #KEYS do
  redis.call('SET', KEYS[kept], ARGV[at], 'PX', ARGV[at + 1])
  at = at + 2
end
return 1
`
