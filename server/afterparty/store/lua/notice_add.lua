-- Give an account a notice. KEYS[1]: the account's root. ARGV: notice, at, body, most, room.
-- One that it has is left alone, unless this is of a later time: then it is that, in its place.
-- Only the newest are kept. The reminder of `room`, if it is named, is done with.
-- Answers 1 if anything of it is new to the account.
local notice, at, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local order, bodies = KEYS[1] .. ':notices', KEYS[1] .. ':noticed'

if ARGV[5] ~= '' then redis.call('SREM', KEYS[1] .. ':reminders', ARGV[5]) end
local known = redis.call('HGET', bodies, notice)
if known and tonumber(string.match(known, '^%S+')) >= at then return 0 end
redis.call('HSET', bodies, notice, ARGV[2] .. ' ' .. ARGV[3])
if known then return 1 end
local last = redis.call('ZREVRANGE', order, 0, 0, 'WITHSCORES')
redis.call('ZADD', order, tonumber(last[2] or 0) + 1, notice)
for _, old in ipairs(redis.call('ZRANGE', order, 0, -most - 1)) do
  redis.call('ZREM', order, old)
  redis.call('HDEL', bodies, old)
end
return 1
