/**
 * One decision of the core, all or nothing: changed calls and agents, facts, DRMs.
 *
 * Refused when the room has another owner (the epoch), and when a commit before this one is missing (the sequence), so
 * that memory never holds a later change without the earlier.
 *
 * KEYS[1] meta
 * KEYS[2] calls
 * KEYS[3] agents
 * KEYS[4] journal
 * KEYS[5…] one for each DRM, and for an answer that is to be remembered
 * ARGV[1] epoch
 * ARGV[2] sequence number, from 1
 * ARGV[3] facts kept in the journal, about
 * ARGV[4] retention of personal data, ms
 * ARGV[5] how many calls: each id, record follows, the record empty when the call is over
 * ARGV[6] how many agents: each id, record follows, the record empty when the agent is gone
 * ARGV[7] how many facts: each fact follows
 * ARGV[8] how far the fallback's record was read, empty when that did not change
 * ARGV[9] the supervisors' overrides, JSON, empty when they did not change
 * the rest: a record for each of these, and how long it is kept, ms
 *
 * Returns 1 committed, 0 another epoch, -1 a commit before this one is missing, -2 overtaken by a snapshot
 */
export const commit = `
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
if meta[1] and meta[1] ~= ARGV[1] then
  return 0
end
local expected = (tonumber(meta[2]) or -1) + 1
local seq = tonumber(ARGV[2])
if not meta[1] or seq > expected then
  return -1
end
if seq < expected then
  return -2
end
redis.call('HSET', KEYS[1], 'seq', ARGV[2])
if ARGV[8] ~= '' then
  redis.call('HSET', KEYS[1], 'fallback', ARGV[8])
end
if ARGV[9] ~= '' then
  redis.call('HSET', KEYS[1], 'overrides', ARGV[9])
end
local at = 10
for target = 2, 3 do
  for _ = 1, tonumber(ARGV[target + 3]) do
    if ARGV[at + 1] == '' then
      redis.call('HDEL', KEYS[target], ARGV[at])
    else
      redis.call('HSET', KEYS[target], ARGV[at], ARGV[at + 1])
    end
    at = at + 2
  end
end
if tonumber(ARGV[5]) > 0 then
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
for _ = 1, tonumber(ARGV[7]) do
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[3], '*', 'f', ARGV[at])
  at = at + 1
end
for kept = 5, #KEYS do
  redis.call('SET', KEYS[kept], ARGV[at], 'PX', ARGV[at + 1])
  at = at + 2
end
return 1
`
