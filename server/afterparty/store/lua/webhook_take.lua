-- Say which event is told next, before it is told: whoever takes over tells it again under the same
-- sequence number. ARGV: node, id, the event. Answers 0 if the node does not hold the webhook.
if redis.call('GET', KEYS[1] .. ':lease:' .. ARGV[2]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1] .. ':state:' .. ARGV[2], 'pending', ARGV[3])
return 1
