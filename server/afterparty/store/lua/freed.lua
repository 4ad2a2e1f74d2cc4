-- Take away the mark of an eviction from KEYS[1], if it is still there.
if redis.call('GET', KEYS[1]) == 'evicting' then redis.call('DEL', KEYS[1]) end
