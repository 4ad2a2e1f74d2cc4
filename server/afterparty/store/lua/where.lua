-- The rooms in which member ARGV[1] is.
local found = {}
for _, name in ipairs(redis.call('SMEMBERS', show .. 'rooms')) do
  if redis.call('HEXISTS', place(name, ARGV[1]), ARGV[1]) == 1 then found[#found + 1] = name end
end
return found
