-- Who mixes the rooms. ARGV: node, its address, ms for which it is alive as a mixing node, and for
-- each room its name, 1 if it may be taken from a node that is not alive, and the highest epoch that
-- the node has known. Answers for each room: node, address, epoch.
local node, address, ttl = ARGV[1], ARGV[2], ARGV[3]
redis.call('SET', show .. 'mixing:' .. node, '1', 'PX', ttl)
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local found = {}
for i = 4, #ARGV, 3 do
  local name, bold, known = ARGV[i], ARGV[i + 1] == '1', tonumber(ARGV[i + 2])
  local line = redis.call('HGET', show .. 'leads', name) or '- - 0'
  local holder, where, epoch = string.match(line, '^(%S+) (%S+) (%d+)$')
  epoch = tonumber(epoch)
  local free = holder == '-' or (bold and redis.call('EXISTS', show .. 'mixing:' .. holder) == 0)
  local taken = holder ~= node and free
  if taken then holder, where = node, address end
  -- A server that came back with less than it had must not begin anew with epochs that were used.
  if taken or known > epoch then
    epoch = math.max(epoch, known, now) + 1
    redis.call('HSET', show .. 'leads', name, string.format('%s %s %.0f', holder, where, epoch))
  end
  found[#found + 1] = {holder, where, epoch}
end
return found
