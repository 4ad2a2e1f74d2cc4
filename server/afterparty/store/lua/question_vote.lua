-- Votes, in order, at one instant. ARGV: most that a member may have given in a room, then for each
-- room, question, member, and 1 to give it or 0 to take it back. Answers for each 1 or 0 (did it
-- change anything), -1 if there is no such question, -2 if it is their own, -3 if they gave too many.
local most, answers, changed = tonumber(ARGV[1]), {}, {}

local function vote(name, id, member, wish)
  local line = redis.call('HGET', show .. 'questions:' .. name, id)
  if not line then return -1 end
  local voters, voting = show .. 'voters:' .. name .. ':' .. id, show .. 'voting:' .. name
  if wish == '0' then
    if redis.call('SREM', voters, member) == 0 then return 0 end
    redis.call('HINCRBY', voting, member, -1)
    redis.call('ZINCRBY', show .. 'votes:' .. name, 1, id)
    return 1
  end
  if string.match(line, '^[^|]*') == member then return -2 end
  if redis.call('SADD', voters, member) == 0 then return 0 end
  if redis.call('HINCRBY', voting, member, 1) > most then
    redis.call('HINCRBY', voting, member, -1)
    redis.call('SREM', voters, member)
    return -3
  end
  redis.call('ZINCRBY', show .. 'votes:' .. name, -1, id)
  return 1
end

for at = 2, #ARGV, 4 do
  local done = vote(unpack(ARGV, at, at + 3))
  answers[#answers + 1] = done
  if done == 1 then changed[ARGV[at]] = true end
end
for name in pairs(changed) do redis.call('PUBLISH', show .. 'bus', 'Q' .. name) end
return answers
