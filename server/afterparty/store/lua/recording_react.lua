-- Reactions to room ARGV[1], which is recorded: pairs of moment and reaction, and times.
if redis.call('HEXISTS', show .. 'recording:' .. ARGV[1], 'deleted') == 1 then return 0 end
for i = 2, #ARGV, 2 do
  redis.call('HINCRBY', show .. 'reacted:' .. ARGV[1], ARGV[i], ARGV[i + 1])
end
return 1
