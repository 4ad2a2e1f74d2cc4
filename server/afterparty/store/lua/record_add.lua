-- Enter a body under an id. KEYS[1]: the book's root. ARGV: id, class, listeners, body, most,
-- whether what stands there may be replaced by a body of as many listeners or more, and which of
-- the books that lie there one after another is meant.
-- Of one class only the highest are kept. Answers the body that stands under the id, or nil if it
-- is too low to be kept, or that book is gone.
if redis.call('GET', KEYS[1] .. ':gone') == ARGV[7] then return nil end
local id, class, listeners, body, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local bodies, ranks = KEYS[1] .. ':bodies', KEYS[1] .. ':rank:' .. class

local known = redis.call('HGET', bodies, id)
if known then
  if ARGV[6] == '0' or known == body then return known end
  local rank = redis.call('ZSCORE', ranks, id)
  if not rank or tonumber(listeners) < tonumber(rank) then return known end
elseif redis.call('ZCARD', ranks) >= most then
  local lowest = redis.call('ZRANGE', ranks, 0, 0, 'WITHSCORES')
  if tonumber(listeners) <= tonumber(lowest[2]) then return nil end
  redis.call('ZREM', ranks, lowest[1])
  redis.call('HDEL', bodies, lowest[1])
  redis.call('ZREM', KEYS[1] .. ':changes', lowest[1])
  redis.call('SET', KEYS[1] .. ':dropped', redis.call('GET', KEYS[1] .. ':version') or 0)
end
redis.call('HSET', bodies, id, body)
redis.call('ZADD', ranks, listeners, id)
redis.call('ZADD', KEYS[1] .. ':changes', redis.call('INCR', KEYS[1] .. ':version'), id)
return body
