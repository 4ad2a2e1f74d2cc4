-- What has changed in a book since its version ARGV[1]. KEYS[1]: the book's root.
-- Answers the version, 1 if the bodies that follow are all there are, and these: all of them if an
-- entry was dropped since, or what has changed since is not known.
local known, version = tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1] .. ':version') or 0)
if known == version then return {version, 0} end
local dropped = tonumber(redis.call('GET', KEYS[1] .. ':dropped') or -1)
if known >= 0 and known < version and known > dropped then
  local ids = redis.call('ZRANGEBYSCORE', KEYS[1] .. ':changes', '(' .. known, '+inf')
  if #ids > 0 then
    return {version, 0, unpack(redis.call('HMGET', KEYS[1] .. ':bodies', unpack(ids)))}
  end
end
return {version, 1, unpack(redis.call('HVALS', KEYS[1] .. ':bodies'))}
