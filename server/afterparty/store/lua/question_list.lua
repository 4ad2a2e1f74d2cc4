-- Open questions of room ARGV[1] at one instant, at most ARGV[3]: by votes, the older first of equals,
-- or if ARGV[2] is `new`, the newest first. Those in ARGV after that are left out. Answers: how many
-- there are, and question, line and minus its votes for each.
local name, order, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local votes, without, ids = show .. 'votes:' .. name, {}, {}
local total, last = redis.call('ZCARD', votes), limit + #ARGV - 4
for at = 4, #ARGV do
  without[ARGV[at]] = true
  if redis.call('ZSCORE', votes, ARGV[at]) then total = total - 1 end
end
local found = order == 'new' and redis.call('ZREVRANGE', show .. 'asked:' .. name, 0, last)
  or redis.call('ZRANGE', votes, 0, last)
for _, id in ipairs(found) do
  if not without[id] and #ids < limit then ids[#ids + 1] = id end
end
if #ids == 0 then return {total, {}} end
local lines = redis.call('HMGET', show .. 'questions:' .. name, unpack(ids))
local scores, out = redis.call('ZMSCORE', votes, unpack(ids)), {}
for i, id in ipairs(ids) do
  out[#out + 1] = id
  out[#out + 1] = lines[i]
  out[#out + 1] = tonumber(scores[i])
end
return {total, out}
