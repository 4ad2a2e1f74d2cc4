-- A delivery failed. ARGV: node, id, now, when to try again, seconds of failing after which that is
-- never, and why never ('' to go by the time). Answers 0 if the node does not hold the webhook, 1, or
-- 2 if it is disabled now.
local node, id, now, again = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local patience, why = tonumber(ARGV[5]), ARGV[6]
local state = KEYS[1] .. ':state:' .. id
if redis.call('GET', KEYS[1] .. ':lease:' .. id) ~= node then return 0 end
redis.call('HSETNX', state, 'failing_since', now)
redis.call('HINCRBY', state, 'failures', 1)
if why == '' and now - redis.call('HGET', state, 'failing_since') >= patience then why = 'failing' end
if why == '' then
  redis.call('HSET', state, 'next_at', again)
  return 1
end
redis.call('HSET', state, 'disabled', why)
redis.call('HDEL', state, 'next_at')
redis.call('DEL', KEYS[1] .. ':lease:' .. id)
return 2
