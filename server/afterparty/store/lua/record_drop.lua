-- A book goes, and whatever comes late for it is not entered. KEYS[1]: the book's root. ARGV: which
-- of the books that lie there one after another, and for how many seconds it is remembered as gone.
for _, what in ipairs({'bodies', 'rank:real', 'rank:simulated', 'version', 'changes', 'dropped'}) do
  redis.call('UNLINK', KEYS[1] .. ':' .. what)
end
redis.call('SET', KEYS[1] .. ':gone', ARGV[1], 'EX', ARGV[2])
return 1
