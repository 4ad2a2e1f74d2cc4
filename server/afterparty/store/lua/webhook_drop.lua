-- Forget webhook ARGV[1], and whoever holds it holds it no more. Answers 1 if there was one.
local id = ARGV[1]
for _, part in ipairs({'state', 'cursor', 'lease'}) do
  redis.call('UNLINK', KEYS[1] .. ':' .. part .. ':' .. id)
end
return redis.call('HDEL', KEYS[1] .. ':bodies', id)
