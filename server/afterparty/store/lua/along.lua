-- Where member ARGV[1] belongs who was lost in room ARGV[2], by the handoffs ARGV[3].
return along(ARGV[1], ARGV[2], ARGV[3])
