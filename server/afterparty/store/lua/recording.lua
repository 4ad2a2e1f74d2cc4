-- What is known of the recording of room ARGV[1]: ticks cut off, whether it is deleted, plays.
local row = redis.call('HMGET', show .. 'recording:' .. ARGV[1], 'cut', 'deleted')
local plays = redis.call('SCARD', show .. 'plays:' .. ARGV[1])
return {tonumber(row[1] or 0), row[2] and 1 or 0, plays}
