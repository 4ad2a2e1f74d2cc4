-- An account's notices in the order they came. KEYS[1]: the account's root. ARGV: after, limit.
-- Those that came after the notice `after`, or all if the account has none of that name.
local order, bodies = KEYS[1] .. ':notices', KEYS[1] .. ':noticed'
local first = redis.call('ZRANK', order, ARGV[1])
first = first and first + 1 or 0
local found = {}
for n, notice in ipairs(redis.call('ZRANGE', order, first, first + ARGV[2] - 1)) do
  found[n] = string.match(redis.call('HGET', bodies, notice), '^%S+ (.*)$')
end
return found
