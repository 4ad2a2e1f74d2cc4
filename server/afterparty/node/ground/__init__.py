"""What every part of a node stands on: its settings, its tasks, how it refuses and what it logs.

Knows no room, no member and no door.
"""
