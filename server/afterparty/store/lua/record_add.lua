-- Enter a body under an id. KEYS[1]: the book's root. ARGV: id, class, listeners, body, most.
-- Of one class only the highest are kept. Answers the body that stands under the id, or nil if it
-- is too low to be kept.
local id, class, listeners, body, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local bodies, ranks = KEYS[1] .. ':bodies', KEYS[1] .. ':rank:' .. class

local known = redis.call('HGET', bodies, id)
if known then return known end
if redis.call('ZCARD', ranks) >= most then
  local lowest = redis.call('ZRANGE', ranks, 0, 0, 'WITHSCORES')
  if tonumber(listeners) <= tonumber(lowest[2]) then return nil end
  redis.call('ZREM', ranks, lowest[1])
  redis.call('HDEL', bodies, lowest[1])
end
redis.call('HSET', bodies, id, body)
redis.call('ZADD', ranks, listeners, id)
redis.call('INCR', KEYS[1] .. ':version')
return body
