-- Close a handoff; who has not answered becomes ARGV[2] (declined: it is not carried out any more);
-- if that is empty, only when everybody has answered. Answers the ledger; again, the same one.
local id, leftover = ARGV[1], ARGV[2]
local row = redis.call('HMGET', show .. 'handoff:' .. id, 'open', 'from')
local pending = redis.call('SCARD', show .. 'pending:' .. id)
if row[1] == '1' and (leftover ~= '' or pending == 0) then
  redis.call('HSET', show .. 'handoff:' .. id, 'open', 0)
  if leftover ~= '' then redis.call('HSET', show .. 'handoff:' .. id, 'rest', leftover) end
  redis.call('HDEL', show .. 'handing', row[2])
end
return ledger(id)
