-- Counts of all rooms of the show, or of those in ARGV, at one instant.
for _, name in ipairs(#ARGV > 0 and ARGV or redis.call('SMEMBERS', show .. 'rooms')) do
  room(name)
end
return counts()
