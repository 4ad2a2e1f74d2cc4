"""Recordings: what is kept of a room's sound, what may be heard of it, and its end."""
