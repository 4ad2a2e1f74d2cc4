-- Shared by every script: presence of one show, and the ledger of its handoffs.
-- Keys are named as in keys.py, all under KEYS[1], so all in one slot of a cluster.
local show = KEYS[1] .. ':'

-- Simulated members are in hashes of their own: they are counted, and never listed with the others.
local function is_simulated(member)
  return string.sub(member, 1, 4) == 'sim-'
end

-- The key of the hash that has a member's connections in a room.
local function place(name, member)
  return show .. (is_simulated(member) and 'sims:' or 'in:') .. name
end

-- The ledger: one outcome per member and handoff. Who is offered is in `pending` and nowhere else;
-- when a handoff is closed, whoever is still there has become `rest`, all of them at once.
local function get_outcome(handoff, member)
  local found = redis.call('HGET', show .. 'outcome:' .. handoff, member)
  if found or redis.call('SISMEMBER', show .. 'pending:' .. handoff, member) == 0 then return found end
  return redis.call('HGET', show .. 'handoff:' .. handoff, 'rest') or 'offered'
end

-- Pending, moved, declined and lost always add up to all who were offered: a member is in
-- `pending` or in `outcome`, and the counts are of `outcome`. Not for a handoff that is closed.
local function set_outcome(handoff, member, old, new)
  if old == new then return end
  if old == 'offered' then
    redis.call('SREM', show .. 'pending:' .. handoff, member)
  elseif old then
    redis.call('HINCRBY', show .. 'handoff:' .. handoff, old, -1)
  end
  if new == 'offered' then
    redis.call('HDEL', show .. 'outcome:' .. handoff, member)
    redis.call('SADD', show .. 'pending:' .. handoff, member)
  else
    redis.call('HSET', show .. 'outcome:' .. handoff, member, new)
    redis.call('HINCRBY', show .. 'handoff:' .. handoff, new, 1)
  end
end

-- Rooms that this call has looked at, read once and counted along.
local touched, order = {}, {}

-- Connections that this call has moved, by the node that is to be told.
local moves, moved_any = {}, false

local function told(node, conn)
  local list = moves[node]
  if not list then
    list, moved_any = {}, true
    moves[node] = list
  end
  list[#list + 1] = conn
end

-- These have a seat in the room; whoever of them is there is no listener.
local function seat(r, members)
  r.stage, r.listeners, r.simulated = {}, r.people, r.simulated_people
  for _, member in ipairs(members) do
    if not r.stage[member] and redis.call('HEXISTS', place(r.name, member), member) == 1 then
      r.listeners = r.listeners - 1
      if is_simulated(member) then r.simulated = r.simulated - 1 end
    end
    r.stage[member] = true
  end
end

-- A member comes (by = 1) or goes (by = -1).
local function count(r, member, by)
  local listens = r.stage[member] and 0 or by
  r.dirty = true
  r.people, r.listeners = r.people + by, r.listeners + listens
  if is_simulated(member) then
    r.simulated_people, r.simulated = r.simulated_people + by, r.simulated + listens
  end
end

local function room(name)
  local r = touched[name]
  if r then return r end
  r = {name = name, simulated_people = redis.call('HLEN', show .. 'sims:' .. name)}
  r.people = redis.call('HLEN', show .. 'in:' .. name) + r.simulated_people
  seat(r, redis.call('SMEMBERS', show .. 'stage:' .. name))
  -- An earlier version kept no more than how many listened.
  local most, of_them = string.match(redis.call('HGET', show .. 'peak', name) or '0', '^(%d+) ?(%d*)')
  r.peak, r.peak_simulated = tonumber(most), tonumber(of_them) or 0
  r.handoff = redis.call('HGET', show .. 'handing', name)
  r.handoff_to = r.handoff and redis.call('HGET', show .. 'handoff:' .. r.handoff, 'to')
  touched[name] = r
  order[#order + 1] = r
  return r
end

-- What a room's count is now may be its peak: only what it is at some instant, not halfway through
-- what is done at one instant.
local function settle(r)
  if r.listeners > r.peak then
    r.peak, r.peak_simulated, r.higher = r.listeners, r.simulated, true
  end
end

-- A member's first connection in a room, and their last. `via` is the handoff that moves them.
local function arrive(r, member)
  count(r, member, 1)
  redis.call('SADD', show .. 'tuned:' .. r.name, member)
  if r.handoff then
    local old = get_outcome(r.handoff, member)
    if not old or old == 'lost' then set_outcome(r.handoff, member, old, 'offered') end
  end
end

local function depart(r, member, via)
  count(r, member, -1)
  if r.handoff and r.handoff ~= via then
    local old = get_outcome(r.handoff, member)
    if old == 'offered' then set_outcome(r.handoff, member, old, 'lost') end
  end
end

local function hold(node, conn)
  redis.call('SADD', show .. 'node:' .. node, conn)
  redis.call('SADD', show .. 'nodes', node)
end

local function release(node, conn)
  redis.call('SREM', show .. 'node:' .. node, conn)
  if redis.call('EXISTS', show .. 'node:' .. node) == 0 then
    redis.call('SREM', show .. 'nodes', node)
  end
end

local function parse(line)
  return string.match(line, '^([^|]*)|([^|]*)|(.*)$')
end

local function attach(conn, node, member, name)
  local r, key = room(name), place(name, member)
  local held = redis.call('HGET', key, member)
  redis.call('HSET', key, member, held and held .. ' ' .. conn or conn)
  redis.call('HSET', show .. 'conns', conn, node .. '|' .. member .. '|' .. name)
  hold(node, conn)
  if not held then arrive(r, member) end
end

local function detach(conn, line)
  local node, member, name = parse(line)
  local r, key = room(name), place(name, member)
  redis.call('HDEL', show .. 'conns', conn)
  redis.call('HDEL', show .. 'names', conn)
  release(node, conn)
  local left = {}
  for other in string.gmatch(redis.call('HGET', key, member) or '', '%S+') do
    if other ~= conn then left[#left + 1] = other end
  end
  if #left > 0 then
    redis.call('HSET', key, member, table.concat(left, ' '))
  else
    redis.call('HDEL', key, member)
    depart(r, member)
  end
end

-- All connections that a member has in one room are in another from now on, by a handoff or without.
local function move(member, from, to, via)
  local a, key = room(from), place(from, member)
  local held = redis.call('HGET', key, member)
  if not held or from == to then return 0 end
  -- A handoff that is closed, or of other rooms, moves nobody: its ledger could not tell of it.
  if via and (a.handoff ~= via or a.handoff_to ~= to) then return 0 end
  local b, new_key = room(to), place(to, member)
  for conn in string.gmatch(held, '%S+') do
    local node = parse(redis.call('HGET', show .. 'conns', conn))
    redis.call('HSET', show .. 'conns', conn, node .. '|' .. member .. '|' .. to)
    told(node, conn)
  end
  local there = redis.call('HGET', new_key, member)
  redis.call('HDEL', key, member)
  redis.call('HSET', new_key, member, there and there .. ' ' .. held or held)
  depart(a, member, via)
  if not there then arrive(b, member) end
  if via then set_outcome(via, member, get_outcome(via, member), 'moved') end
  return 1
end

-- Where a member belongs who was in a room and was lost there: at the end of these handoffs, by
-- commas, each from the room that the one before leads to. Along one goes whom it has moved, and
-- whom it has lost, if it was carried out and is closed: while it is open they are offered it again.
-- So does whom it never offered anything, if it is certain that they were there before (`was_there`).
-- But who is in the old room by another connection, and not in the new one, has come back there.
local function along(member, name, handoffs, was_there)
  for id in string.gmatch(handoffs, '[^,]+') do
    local row = redis.call('HMGET', show .. 'handoff:' .. id, 'open', 'from', 'to', 'rest')
    if row[2] ~= name then return name end
    local outcome = get_outcome(id, member)
    local missed = outcome == 'lost' or (was_there and not outcome)
    if row[1] ~= '0' or row[4] == 'declined' then missed = false end
    if outcome ~= 'moved' and not missed then return name end
    local here = redis.call('HEXISTS', place(name, member), member) == 1
    local there = redis.call('HEXISTS', place(row[3], member), member) == 1
    if here and not there then return name end
    name = row[3]
  end
  return name
end

-- The room's name, and what Counts in ops.py has, in its order: so many values a room.
local VALUES = 8

local function counts()
  local out = {}
  for _, r in ipairs(order) do
    out[#out + 1] = r.name
    out[#out + 1] = r.people
    out[#out + 1] = r.listeners
    out[#out + 1] = r.peak
    out[#out + 1] = redis.call('SCARD', show .. 'tuned:' .. r.name)
    out[#out + 1] = redis.call('SCARD', show .. 'plays:' .. r.name)
    out[#out + 1] = r.simulated
    out[#out + 1] = r.peak_simulated
  end
  return out
end

-- Keep new peaks, tell the show's channel what has changed, and answer the counts of all rooms
-- looked at. Every script that changes presence or the stage ends with this.
local function finish()
  local all, news = counts(), {}
  for i, r in ipairs(order) do
    if r.higher then
      local now = redis.call('TIME')
      local at = string.format('%d.%06d', now[1], now[2])
      redis.call('HSET', show .. 'peak', r.name, r.peak .. ' ' .. r.peak_simulated .. ' ' .. at)
    end
    if r.dirty then
      redis.call('SADD', show .. 'rooms', r.name)
      for j = (i - 1) * VALUES + 1, i * VALUES do news[#news + 1] = all[j] end
    end
  end
  if #news > 0 then
    local message = {counts = news, moves = moved_any and moves or nil}
    redis.call('PUBLISH', show .. 'bus', 'P' .. cjson.encode(message))
  end
  return all
end

local function ledger(handoff)
  local row = redis.call('HMGET', show .. 'handoff:' .. handoff, 'moved', 'declined', 'lost', 'open', 'rest')
  local settled = redis.call('HLEN', show .. 'outcome:' .. handoff)
  local pending = redis.call('SCARD', show .. 'pending:' .. handoff)
  local found = {
    settled + pending, pending,
    tonumber(row[1] or 0), tonumber(row[2] or 0), tonumber(row[3] or 0), tonumber(row[4] or -1),
  }
  if row[5] then
    local at = row[5] == 'declined' and 4 or 5
    found[2], found[at] = 0, found[at] + pending
  end
  return found
end
