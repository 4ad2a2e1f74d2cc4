"""The author's side: a new scenario to begin from, one recorded from a room, one told in brief."""
