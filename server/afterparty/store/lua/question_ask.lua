-- Open a question. ARGV: room, question, who asks, when, body, most in a room, most of a member.
-- Answers 1; 0 if it is open already; -1 if the room, -2 if the member has as many as may be.
local name, id, member, at, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local bodies, votes = show .. 'questions:' .. name, show .. 'votes:' .. name
local asking = show .. 'asking:' .. name
if redis.call('HEXISTS', bodies, id) == 1 then return 0 end
if redis.call('HLEN', bodies) >= tonumber(ARGV[6]) then return -1 end
if tonumber(redis.call('HGET', asking, member) or 0) >= tonumber(ARGV[7]) then return -2 end
redis.call('HSET', bodies, id, member .. '|' .. body)
redis.call('ZADD', votes, 0, id)
redis.call('ZADD', show .. 'asked:' .. name, at, id)
redis.call('HINCRBY', asking, member, 1)
redis.call('PUBLISH', show .. 'bus', 'Q' .. name)
return 1
