-- Enter a body under a name. KEYS[1]: the root of all of that kind. ARGV: name, body, most.
-- Answers 1 if it is entered, 0 if there is one of that name, -1 if there are too many.
local bodies = KEYS[1] .. ':bodies'
if redis.call('HEXISTS', bodies, ARGV[1]) == 1 then return 0 end
if redis.call('HLEN', bodies) >= tonumber(ARGV[3]) then return -1 end
return redis.call('HSET', bodies, ARGV[1], ARGV[2])
