-- Node ARGV[1] mixes these rooms (ARGV[2] and on) no more: whoever asks next may. Epochs stay.
for i = 2, #ARGV do
  local line = redis.call('HGET', show .. 'leads', ARGV[i])
  local holder, epoch = string.match(line or '', '^(%S+) %S+ (%d+)$')
  if holder == ARGV[1] then
    redis.call('HSET', show .. 'leads', ARGV[i], '- - ' .. epoch)
  end
end
return 0
