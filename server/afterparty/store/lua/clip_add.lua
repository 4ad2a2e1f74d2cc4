-- Clip ARGV[2] of the recording of room ARGV[1], by member ARGV[3]: body ARGV[4], unless there are
-- ARGV[5] of the recording or ARGV[6] of the member already. Safe to be sent twice.
local clips, clippers = show .. 'clips:' .. ARGV[1], show .. 'clippers:' .. ARGV[1]
if redis.call('HEXISTS', show .. 'recording:' .. ARGV[1], 'deleted') == 1 then return 0 end
if redis.call('HEXISTS', clips, ARGV[2]) == 1 then return 1 end
if redis.call('HLEN', clips) >= tonumber(ARGV[5]) then return 0 end
if tonumber(redis.call('HGET', clippers, ARGV[3]) or 0) >= tonumber(ARGV[6]) then return 0 end
redis.call('HSET', clips, ARGV[2], ARGV[4])
redis.call('HINCRBY', clippers, ARGV[3], 1)
return 1
