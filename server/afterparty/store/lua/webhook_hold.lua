-- Take and keep what nobody holds. ARGV: node, ms. Answers ids and bodies of all that the node holds.
local node, ttl = ARGV[1], ARGV[2]
local held = {}
for _, id in ipairs(redis.call('HKEYS', KEYS[1] .. ':bodies')) do
  local lease = KEYS[1] .. ':lease:' .. id
  local holder = redis.call('GET', lease)
  local disabled = redis.call('HEXISTS', KEYS[1] .. ':state:' .. id, 'disabled') == 1
  if not disabled and (not holder or holder == node) then
    redis.call('SET', lease, node, 'PX', ttl)
    held[#held + 1] = id
    held[#held + 1] = redis.call('HGET', KEYS[1] .. ':bodies', id)
  end
end
return held
