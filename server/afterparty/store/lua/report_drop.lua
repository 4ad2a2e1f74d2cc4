-- Report ARGV[1] is dealt with. Answers 1 if there was one.
local all, open = KEYS[1] .. ':all', KEYS[1] .. ':open'
local id = ARGV[1] .. '-0'
local found = redis.call('XRANGE', all, id, id)[1]
if not found then return 0 end
redis.call('XDEL', all, id)
if redis.call('HINCRBY', open, found[2][2], -1) <= 0 then redis.call('HDEL', open, found[2][2]) end
return 1
