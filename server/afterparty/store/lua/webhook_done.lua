-- How far a webhook is. ARGV: node, id, the event that was told ('' if none was), and then rooms and
-- the numbers of the last events done with. Answers 0 if the node does not hold the webhook. Sent
-- twice, it counts once.
local node, id, told = ARGV[1], ARGV[2], ARGV[3]
local state = KEYS[1] .. ':state:' .. id
if redis.call('GET', KEYS[1] .. ':lease:' .. id) ~= node then return 0 end
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[1] .. ':cursor:' .. id, ARGV[i], ARGV[i + 1]) end
if told ~= '' and redis.call('HGET', state, 'pending') == told then
  redis.call('HINCRBY', state, 'delivered', 1)
  redis.call('HDEL', state, 'pending', 'failures', 'failing_since', 'next_at')
end
return 1
