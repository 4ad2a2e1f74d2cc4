-- A member declines (ARGV[3] = declined) or takes that back (offered). ARGV: handoff, member, wish.
-- Answers the member's outcome then, or nil.
local id, member, wish = ARGV[1], ARGV[2], ARGV[3]
local row = redis.call('HMGET', show .. 'handoff:' .. id, 'open', 'from')
local old = get_outcome(id, member)
if row[1] == '1' then
  -- One who has left cannot take it back: nobody could move them, and nobody would lose them.
  local here = redis.call('HEXISTS', place(row[2], member), member) == 1
  if (old == 'offered' and wish == 'declined') or (old == 'declined' and wish == 'offered' and here) then
    set_outcome(id, member, old, wish)
    return wish
  end
end
return old
