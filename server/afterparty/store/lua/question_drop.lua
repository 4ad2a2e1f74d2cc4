-- Question ARGV[2] of room ARGV[1] is open no more, and its votes go. Answers whether it was open.
local name, id = ARGV[1], ARGV[2]
local line = redis.call('HGET', show .. 'questions:' .. name, id)
if not line then return 0 end
local asker, asking = string.match(line, '^[^|]*'), show .. 'asking:' .. name
redis.call('HDEL', show .. 'questions:' .. name, id)
redis.call('ZREM', show .. 'votes:' .. name, id)
redis.call('ZREM', show .. 'asked:' .. name, id)
redis.call('UNLINK', show .. 'voters:' .. name .. ':' .. id)
if redis.call('HINCRBY', asking, asker, -1) <= 0 then redis.call('HDEL', asking, asker) end
redis.call('PUBLISH', show .. 'bus', 'Q' .. name)
return 1
