-- Member ARGV[2] plays the recording of room ARGV[1]; whoever follows the show's counts is told.
if redis.call('HEXISTS', show .. 'recording:' .. ARGV[1], 'deleted') == 1 then return 0 end
if redis.call('SADD', show .. 'plays:' .. ARGV[1], ARGV[2]) == 1 then
  room(ARGV[1]).dirty = true
  finish()
end
return 1
