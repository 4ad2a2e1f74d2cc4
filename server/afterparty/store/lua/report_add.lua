-- Keep a report. KEYS[1]: the root. ARGV: reporter, room and member as one word, body, most open of
-- one such word, most of all, a token: the client may send the same twice that has lost its answer.
-- The oldest goes if there are too many. Answers its number, or 0.
local once = KEYS[1] .. ':once:' .. ARGV[5]
local before = redis.call('GET', once)
if before then return tonumber(before) end
local whose, body, open_most, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local all, open = KEYS[1] .. ':all', KEYS[1] .. ':open'
if tonumber(redis.call('HGET', open, whose) or 0) >= open_most then return 0 end
while redis.call('XLEN', all) >= most do
  local oldest = redis.call('XRANGE', all, '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', all, oldest[1])
  if redis.call('HINCRBY', open, oldest[2][2], -1) <= 0 then redis.call('HDEL', open, oldest[2][2]) end
end
local number = redis.call('INCR', KEYS[1] .. ':last')
redis.call('XADD', all, string.format('%.0f-0', number), 'whose', whose, 'body', body)
redis.call('HINCRBY', open, whose, 1)
redis.call('SET', once, number, 'EX', 60)
return number
