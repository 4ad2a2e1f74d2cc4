-- Move about ARGV[3] of those who are offered handoff ARGV[1] and have not answered. The same as
-- a move in apply.lua for each of them, with few commands for all of them.
-- Answers: how many moved, the connections of node ARGV[2] among theirs (by spaces), and counts.
local id, asker, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local row = redis.call('HMGET', show .. 'handoff:' .. id, 'open', 'from', 'to')
if row[1] ~= '1' then return {0, '', {}} end
local from, to = row[2], row[3]
local a, b = room(from), room(to)
local own, n_own, moved, prefix = {}, 0, 0, asker .. '|'

-- New lines for these connections, which are all of those that the movers have in the old room.
local function carry(conns, first, last)
  local lines, changed = redis.call('HMGET', show .. 'conns', unpack(conns, first, last)), {}
  for i = 1, #lines do
    local conn, line = conns[first + i - 1], lines[i]
    changed[2 * i - 1] = conn
    changed[2 * i] = string.sub(line, 1, -#from - 1) .. to
    if string.sub(line, 1, #prefix) == prefix then
      n_own = n_own + 1
      own[n_own] = conn
    else
      local node = parse(line)
      told(node, conn)
    end
  end
  redis.call('HSET', show .. 'conns', unpack(changed))
end

-- All of them are in hashes of one kind: simulated, or not.
local function sweep(members, kind)
  local here, onto = show .. kind .. from, show .. kind .. to
  local held = redis.call('HMGET', here, unpack(members))
  local there = redis.call('HMGET', onto, unpack(members))
  local conns, entries, outcomes, new = {}, {}, {}, {}
  for i = 1, #members do
    local member, was = members[i], held[i]
    if string.find(was, ' ', 1, true) then
      for conn in string.gmatch(was, '%S+') do conns[#conns + 1] = conn end
    else
      conns[#conns + 1] = was
    end
    entries[2 * i - 1] = member
    entries[2 * i] = there[i] and there[i] .. ' ' .. was or was
    outcomes[2 * i - 1] = member
    outcomes[2 * i] = 'moved'
    if not there[i] then new[#new + 1] = member end
    count(a, member, -1)
  end
  for first = 1, #conns, 2000 do carry(conns, first, math.min(first + 1999, #conns)) end
  redis.call('HDEL', here, unpack(members))
  redis.call('HSET', onto, unpack(entries))
  redis.call('HSET', show .. 'outcome:' .. id, unpack(outcomes))
  if b.handoff then
    for _, member in ipairs(new) do arrive(b, member) end
  elseif #new > 0 then
    for _, member in ipairs(new) do count(b, member, 1) end
    redis.call('SADD', show .. 'tuned:' .. to, unpack(new))
  end
  settle(b)  -- it has only grown, so this is its peak
  moved = moved + #members
end

-- By a scan that goes on where the last step ended: to pop at random costs more than the rest.
local pending = show .. 'pending:' .. id
local cursor = redis.call('HGET', show .. 'handoff:' .. id, 'cursor') or '0'
while moved < limit and redis.call('SCARD', pending) > 0 do
  local page = redis.call('SSCAN', pending, cursor, 'COUNT', 500)
  cursor = page[1]
  for first = 1, #page[2], 1000 do
    local members, kinds = {unpack(page[2], first, math.min(first + 999, #page[2]))}, {{}, {}}
    redis.call('SREM', pending, unpack(members))
    for i = 1, #members do
      local kind = kinds[is_simulated(members[i]) and 2 or 1]
      kind[#kind + 1] = members[i]
    end
    if #kinds[1] > 0 then sweep(kinds[1], 'in:') end
    if #kinds[2] > 0 then sweep(kinds[2], 'sims:') end
  end
end
if moved > 0 then
  redis.call('HSET', show .. 'handoff:' .. id, 'cursor', cursor)
  redis.call('HINCRBY', show .. 'handoff:' .. id, 'moved', moved)
end
return {moved, table.concat(own, ' '), finish()}
