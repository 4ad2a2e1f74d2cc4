-- Who has declined handoff ARGV[1], by spaces.
local found, flat = {}, redis.call('HGETALL', show .. 'outcome:' .. ARGV[1])
for i = 1, #flat, 2 do
  if flat[i + 1] == 'declined' then found[#found + 1] = flat[i] end
end
return table.concat(found, ' ')
