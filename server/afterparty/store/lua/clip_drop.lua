-- Clip ARGV[2] of the recording of room ARGV[1], by member ARGV[3], is gone.
if redis.call('HDEL', show .. 'clips:' .. ARGV[1], ARGV[2]) == 1 then
  redis.call('HINCRBY', show .. 'clippers:' .. ARGV[1], ARGV[3], -1)
end
return 1
