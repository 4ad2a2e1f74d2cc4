-- Put a name into a bounded set. KEYS[1]: the set. ARGV: name, most.
-- Answers 1 if it is new there, 0 if it was there, -1 if the set is full.
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 0 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return -1 end
return redis.call('SADD', KEYS[1], ARGV[1])
