-- Compare and append. ARGV: room, expected version, token, a member who must not be in the room
-- (after a colon: in any room of the show; '' for none), number of events, the events, and then, if the stage changes, 1 and the members on
-- it. Answers: 1 for done, 0 for not, -1 if that member is there; version.
local name, expected, token, absent = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local n = tonumber(ARGV[5])
local log = show .. 'log:' .. name
local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local version = last and tonumber(string.match(last[1], '^%d+')) or 0

if version ~= expected then
  -- A commit whose answer was lost is asked for again: its own token says that it is there.
  local first = redis.call('XRANGE', log, (expected + 1) .. '-0', (expected + 1) .. '-0')[1]
  if first and first[2][3] == 't' and first[2][4] == token then return {1, expected + n} end
  return {0, version}
end
local rooms = {name}
if string.sub(absent, 1, 1) == ':' then
  absent, rooms = string.sub(absent, 2), redis.call('SMEMBERS', show .. 'rooms')
end
for _, one in ipairs(rooms) do
  if absent ~= '' and redis.call('HEXISTS', place(one, absent), absent) == 1 then
    return {-1, version}
  end
end

for i = 1, n do
  local id = (expected + i) .. '-0'
  if i == 1 then
    redis.call('XADD', log, id, 'e', ARGV[5 + i], 't', token)
  else
    redis.call('XADD', log, id, 'e', ARGV[5 + i])
  end
end
redis.call('SADD', show .. 'rooms', name)

if ARGV[6 + n] == '1' then
  local r = room(name)
  local before = r.listeners
  redis.call('DEL', show .. 'stage:' .. name)
  local seated = {unpack(ARGV, 7 + n)}
  for _, member in ipairs(seated) do redis.call('SADD', show .. 'stage:' .. name, member) end
  seat(r, seated)
  settle(r)
  r.dirty = r.listeners ~= before
  finish()
end

if n > 0 then redis.call('PUBLISH', show .. 'bus', 'L' .. (expected + n) .. ' ' .. name) end
return {1, expected + n}
