-- Write a webhook down. KEYS[1]: the root of all. ARGV: id, body, most, and then for each room where
-- to begin: its name and the number of the last event that is not told. Answers 0 if there are most.
local id, body, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local bodies = KEYS[1] .. ':bodies'
if redis.call('HEXISTS', bodies, id) == 1 then return 1 end
if redis.call('HLEN', bodies) >= most then return 0 end
redis.call('HSET', bodies, id, body)
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[1] .. ':cursor:' .. id, ARGV[i], ARGV[i + 1]) end
return 1
