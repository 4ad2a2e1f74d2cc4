-- Offer a handoff to all who are in the room. ARGV: handoff, from, to. Answers: 1 and the ledger,
-- or 0 and what stands in the way.
local id, from, to = ARGV[1], ARGV[2], ARGV[3]
local row = redis.call('HMGET', show .. 'handoff:' .. id, 'from', 'to')
if row[1] then
  if row[1] ~= from or row[2] ~= to then return {0, 'The handoff ' .. id .. ' is between other rooms.'} end
  return {1, ledger(id)}
end
local other = redis.call('HGET', show .. 'handing', from)
if other then return {0, 'The handoff ' .. other .. ' is open from this room.'} end

redis.call('HSET', show .. 'handoff:' .. id, 'from', from, 'to', to, 'open', 1)
redis.call('HSET', show .. 'handing', from, id)
redis.call('SADD', show .. 'rooms', from, to)
for _, kind in ipairs({'in:', 'sims:'}) do
  local members = redis.call('HKEYS', show .. kind .. from)
  for first = 1, #members, 5000 do  -- in pieces: Lua's stack is bounded
    redis.call('SADD', show .. 'pending:' .. id, unpack(members, first, math.min(first + 4999, #members)))
  end
end
return {1, ledger(id)}
