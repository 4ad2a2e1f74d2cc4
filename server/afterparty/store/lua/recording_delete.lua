-- Of the recording of room ARGV[1] nothing stays but that it is deleted. Answers what clips it had.
local key = show .. 'recording:' .. ARGV[1]
local clips = redis.call('HKEYS', show .. 'clips:' .. ARGV[1])
for _, what in ipairs({'recording', 'plays', 'clips', 'clippers', 'reacted'}) do
  redis.call('UNLINK', show .. what .. ':' .. ARGV[1])
end
redis.call('HSET', key, 'deleted', 1)
room(ARGV[1]).dirty = true
finish()
return clips
