-- Every body and the book's version; the bodies only if the version is not ARGV[1].
local version = redis.call('GET', KEYS[1] .. ':version') or '0'
if version == ARGV[1] then return {version} end
return {version, redis.call('HVALS', KEYS[1] .. ':bodies')}
