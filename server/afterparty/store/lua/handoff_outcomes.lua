-- Everyone who was ever offered handoff ARGV[1]. Answers: members and outcomes by turns; who has
-- not answered; and what these have become, if it is closed.
return {
  redis.call('HGETALL', show .. 'outcome:' .. ARGV[1]),
  redis.call('SMEMBERS', show .. 'pending:' .. ARGV[1]),
  redis.call('HGET', show .. 'handoff:' .. ARGV[1], 'rest') or 'offered',
}
