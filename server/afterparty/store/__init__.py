"""Redis: the room log, presence, the bus; and the embedded server. Knows no rule of a room."""
