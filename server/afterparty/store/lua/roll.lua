-- Who is in which room of the show, but for the simulated, and the counts, at one instant; no names if
-- they are more than ARGV[1]. Answers: counts, and a list of a room's name followed by its members for each.
local names, total = {}, 0
for _, name in ipairs(redis.call('SMEMBERS', show .. 'rooms')) do
  local r = room(name)
  total = total + r.people - r.simulated_people
  names[#names + 1] = name
end
if total > tonumber(ARGV[1]) then return {counts()} end
local rolls = {}
for _, name in ipairs(names) do
  local roll = redis.call('HKEYS', show .. 'in:' .. name)
  table.insert(roll, 1, name)
  rolls[#rolls + 1] = roll
end
return {counts(), rolls}
