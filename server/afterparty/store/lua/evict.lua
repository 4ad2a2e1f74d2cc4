-- Remove up to ARGV[2] of the connections that node ARGV[1] holds. Answers: how many, how many left.
local held = show .. 'node:' .. ARGV[1]
local gone = redis.call('SRANDMEMBER', held, ARGV[2])
for _, conn in ipairs(gone) do
  detach(conn, redis.call('HGET', show .. 'conns', conn))
end
finish()
return {#gone, redis.call('SCARD', held)}
