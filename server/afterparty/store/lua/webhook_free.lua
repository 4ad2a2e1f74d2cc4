-- Node ARGV[1] holds no webhook any more.
for _, id in ipairs(redis.call('HKEYS', KEYS[1] .. ':bodies')) do
  local lease = KEYS[1] .. ':lease:' .. id
  if redis.call('GET', lease) == ARGV[1] then redis.call('DEL', lease) end
end
return 0
