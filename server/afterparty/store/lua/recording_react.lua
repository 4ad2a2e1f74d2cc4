-- Reactions to room ARGV[1], which is recorded: pairs of moment and reaction, and times; ARGV[2] is
-- a token, as the client may send the same twice that has lost its answer.
local once = show .. 'once:' .. ARGV[2]
if not redis.call('SET', once, 1, 'NX', 'EX', 60) then return 1 end
if redis.call('HEXISTS', show .. 'recording:' .. ARGV[1], 'deleted') == 1 then return 0 end
for i = 3, #ARGV, 2 do
  redis.call('HINCRBY', show .. 'reacted:' .. ARGV[1], ARGV[i], ARGV[i + 1])
end
return 1
