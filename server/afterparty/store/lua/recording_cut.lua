-- The recording of room ARGV[1] begins ARGV[2] ticks later than it did.
local key = show .. 'recording:' .. ARGV[1]
if redis.call('HEXISTS', key, 'deleted') == 1 then return 0 end
redis.call('HSET', key, 'cut', ARGV[2])
return 1
