"""What each command leads to, a module for each side of a room's life; joined in ``decision``.

Every decider is a pure function ``(room, command, now) -> Decision`` of a command that the table of
permissions has let through.
"""
