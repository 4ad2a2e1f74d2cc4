-- The ledger of handoff ARGV[1] at one instant.
return ledger(ARGV[1])
