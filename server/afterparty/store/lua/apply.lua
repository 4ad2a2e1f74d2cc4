-- Presence operations, in order, at one instant. ARGV: E conn node member room beside ('' for none)
-- onward ('' for none, else handoffs after commas) name ('' for none) | L conn | M member from to
-- handoff ('' for none). Answers: 1 or 0 for each (did it change anything), counts.
local changed, at = {}, 1

local function enter(conn, node, member, name, beside, onward, called)
  local line = redis.call('HGET', show .. 'conns', conn)
  if line and onward ~= '' then return 0 end
  -- Its member may have been moved since the client last heard: they are to be in one room only.
  local older = beside ~= '' and redis.call('HGET', show .. 'conns', beside)
  local _, whose, there
  if older then _, whose, there = parse(older) end
  name = whose == member and there or along(member, name, onward, beside == '')
  if line == node .. '|' .. member .. '|' .. name then return 0 end
  if line then
    local old_node, old_member, old_name = parse(line)
    if old_member == member and old_name == name then
      release(old_node, conn)
      hold(node, conn)
      redis.call('HSET', show .. 'conns', conn, node .. '|' .. member .. '|' .. name)
      return 1
    end
    detach(conn, line)
  end
  attach(conn, node, member, name)
  if called ~= '' then redis.call('HSET', show .. 'names', conn, called) end
  settle(room(name))
  return 1
end

while at <= #ARGV do
  local op = ARGV[at]
  if op == 'E' then
    changed[#changed + 1] = enter(unpack(ARGV, at + 1, at + 7))
    at = at + 8
  elseif op == 'L' then
    local line = redis.call('HGET', show .. 'conns', ARGV[at + 1])
    if line then detach(ARGV[at + 1], line) end
    changed[#changed + 1] = line and 1 or 0
    at = at + 2
  else
    local via = ARGV[at + 4] ~= '' and ARGV[at + 4] or nil
    local moved = move(ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], via)
    if moved == 1 then settle(room(ARGV[at + 3])) end
    changed[#changed + 1] = moved
    at = at + 5
  end
end
return {changed, finish()}
