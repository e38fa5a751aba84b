/**
 * Gives the room up, so that a standby need not wait for the lease to run out. The epoch stays: it only ever grows.
 *
 * KEYS[1] lease
 * KEYS[2] meta
 * ARGV[1] owner
 * ARGV[2] epoch
 *
 * Returns 1 when given up, 0 when it was not ours
 */
export const releaseLease = `
if redis.call('HGET', KEYS[2], 'epoch') ~= ARGV[2] or redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
return 1
`
