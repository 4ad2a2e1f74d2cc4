"""Members on their way: in, from room to room, out, lost and found again."""
