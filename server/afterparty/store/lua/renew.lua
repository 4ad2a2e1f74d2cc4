-- KEYS[1]: the node's lease; ARGV[1]: its length in ms. Answers: kept, new, or evicting.
local held = redis.call('GET', KEYS[1])
if held == 'evicting' then return 'evicting' end
redis.call('SET', KEYS[1], 'alive', 'PX', ARGV[1])
return held and 'kept' or 'new'
