-- What simulated members do in one moment, with few commands for all of them; the same as operations
-- of apply.lua for each. ARGV: the node that asks, and then groups of four: what they do, a room,
-- handoffs (after commas), and their ids (by spaces). What they do:
--   E  enter the room, and go over from another one
--   A  were held by the node, which presence may have lost: enter where they belong (`along`)
--   L  leave, of that room only if one is given
--   D  leave as well, if it is the node that holds them
--   F  follow the handoff that is open from where they are, if it is among those given
--   S  stay there
-- Answers: how many it changed anything for; id and room of each that the node holds, of those that
-- followed, or whom presence might have lost; counts.
local node = ARGV[1]
local changed, found = 0, {}

-- Each has one connection, named after them, on whichever node.
local function conns_of(ids)
  local conns = {}
  for id in string.gmatch(ids, '%S+') do conns[#conns + 1] = ':' .. id end
  return conns
end

local function member_of(conn)
  return 'sim-' .. string.sub(conn, 2)
end

local function note(conn, name)
  found[#found + 1] = string.sub(conn, 2)
  found[#found + 1] = name
end

local function lines_of(conns)
  if #conns == 0 then return {} end
  return redis.call('HMGET', show .. 'conns', unpack(conns))
end

-- Connections that presence does not know are in the room from now on.
local function enter(name, conns)
  if #conns == 0 then return end
  local r, key = room(name), show .. 'sims:' .. name
  local members, lines, entries, new = {}, {}, {}, {}
  for i = 1, #conns do members[i] = member_of(conns[i]) end
  local held = redis.call('HMGET', key, unpack(members))
  for i = 1, #conns do
    local conn, member = conns[i], members[i]
    lines[2 * i - 1], lines[2 * i] = conn, node .. '|' .. member .. '|' .. name
    entries[2 * i - 1], entries[2 * i] = member, held[i] and held[i] .. ' ' .. conn or conn
    if not held[i] then new[#new + 1] = member end
  end
  redis.call('HSET', show .. 'conns', unpack(lines))
  redis.call('HSET', key, unpack(entries))
  redis.call('SADD', show .. 'node:' .. node, unpack(conns))
  redis.call('SADD', show .. 'nodes', node)
  if r.handoff then
    for _, member in ipairs(new) do arrive(r, member) end
  elseif #new > 0 then
    for _, member in ipairs(new) do count(r, member, 1) end
    redis.call('SADD', show .. 'tuned:' .. name, unpack(new))
  end
  changed = changed + #conns
end

local function come(name, conns)
  room(name)
  if #conns == 0 then return end
  local unknown = {}
  for i, line in ipairs(lines_of(conns)) do
    local conn = conns[i]
    if not line then
      unknown[#unknown + 1] = conn
    else
      local holder, member, at = parse(line)
      if holder ~= node then told(holder, conn) end
      if at ~= name then
        detach(conn, line)
        attach(conn, node, member, name)
        changed = changed + 1
      elseif holder ~= node then
        room(name).dirty = true  -- no count is another, and the holder is to hear of it
        release(holder, conn)
        hold(node, conn)
        redis.call('HSET', show .. 'conns', conn, node .. '|' .. member .. '|' .. name)
      end
    end
  end
  enter(name, unknown)
  redis.call('SREM', show .. 'left', unpack(conns))
end

local function again(name, handoffs, conns)
  if #conns == 0 then return end
  local left = redis.call('SMISMEMBER', show .. 'left', unpack(conns))
  local lost = {}
  for i, line in ipairs(lines_of(conns)) do
    local conn = conns[i]
    if line then
      local holder, _, at = parse(line)
      if holder == node then note(conn, at) end
    elseif left[i] == 0 then
      local at = along(member_of(conn), name, handoffs, true)
      lost[at] = lost[at] or {}
      table.insert(lost[at], conn)
      note(conn, at)
    end
  end
  for at, some in pairs(lost) do enter(at, some) end
end

local function leave(only, conns, holder_only)
  if #conns == 0 then return end
  local there, holders = {}, {}
  for i, line in ipairs(lines_of(conns)) do
    if line then
      local holder, member, at = parse(line)
      if (only == '' or at == only) and (not holder_only or holder == node) then
        there[at] = there[at] or {conns = {}, members = {}}
        table.insert(there[at].conns, conns[i])
        table.insert(there[at].members, member)
        holders[holder] = holders[holder] or {}
        table.insert(holders[holder], conns[i])
        if holder ~= node then told(holder, conns[i]) end
      end
    end
  end
  for at, going in pairs(there) do
    local r, key, gone, alone = room(at), show .. 'sims:' .. at, {}, {}
    for i, held in ipairs(redis.call('HMGET', key, unpack(going.members))) do
      local conn, member = going.conns[i], going.members[i]
      if held == conn then
        gone[#gone + 1], alone[#alone + 1] = member, conn
        depart(r, member)
      else  -- they listen to the sound as well, by another connection
        detach(conn, redis.call('HGET', show .. 'conns', conn))
      end
    end
    if #gone > 0 then
      redis.call('HDEL', key, unpack(gone))
      redis.call('HDEL', show .. 'conns', unpack(alone))
    end
    changed = changed + #going.conns
  end
  for holder, held in pairs(holders) do
    redis.call('SREM', show .. 'node:' .. holder, unpack(held))
    if redis.call('EXISTS', show .. 'node:' .. holder) == 0 then
      redis.call('SREM', show .. 'nodes', holder)
    end
  end
  if only == '' and not holder_only then  -- whichever node lost them does not enter them again
    redis.call('SADD', show .. 'left', unpack(conns))
    redis.call('EXPIRE', show .. 'left', 3600)
  end
end

local function follow(handoffs, conns)
  for i, line in ipairs(lines_of(conns)) do
    if line then
      local holder, member, at = parse(line)
      local r = room(at)
      if r.handoff and string.find(handoffs .. ',', ',' .. r.handoff .. ',', 1, true) then
        if move(member, at, r.handoff_to, r.handoff) == 1 then
          changed = changed + 1
          if holder == node then note(conns[i], r.handoff_to) end
        end
      end
    end
  end
end

local function stay(conns)
  for _, line in ipairs(lines_of(conns)) do
    if line then
      local _, member, at = parse(line)
      local handoff = room(at).handoff
      if handoff and get_outcome(handoff, member) == 'offered' then
        set_outcome(handoff, member, 'offered', 'declined')
        changed = changed + 1
      end
    end
  end
end

for i = 2, #ARGV, 4 do
  local what, name, handoffs, conns = ARGV[i], ARGV[i + 1], ARGV[i + 2], conns_of(ARGV[i + 3])
  if what == 'E' then
    come(name, conns)
  elseif what == 'A' then
    again(name, handoffs, conns)
  elseif what == 'L' then
    leave(name, conns)
  elseif what == 'D' then
    leave('', conns, true)
  elseif what == 'F' then
    follow(handoffs, conns)
  else
    stay(conns)
  end
end
for _, r in ipairs(order) do settle(r) end
return {changed, found, finish()}
