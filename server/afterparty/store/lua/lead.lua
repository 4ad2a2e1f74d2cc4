-- Who mixes the rooms. ARGV: node, its address, ms for which it is alive as a mixing node, and for
-- each room its name, and 1 if it may be taken from a node that is not alive. Answers for each room:
-- node, address, epoch.
local node, address, ttl = ARGV[1], ARGV[2], ARGV[3]
redis.call('SET', show .. 'mixing:' .. node, '1', 'PX', ttl)
local found = {}
for i = 4, #ARGV, 2 do
  local name, bold = ARGV[i], ARGV[i + 1] == '1'
  local line = redis.call('HGET', show .. 'leads', name) or '- - 0'
  local holder, where, epoch = string.match(line, '^(%S+) (%S+) (%d+)$')
  local free = holder == '-' or (bold and redis.call('EXISTS', show .. 'mixing:' .. holder) == 0)
  if holder ~= node and free then
    holder, where, epoch = node, address, epoch + 1
    redis.call('HSET', show .. 'leads', name, string.format('%s %s %d', node, address, epoch))
  end
  found[#found + 1] = {holder, where, tonumber(epoch)}
end
return found
