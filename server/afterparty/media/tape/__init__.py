"""Feeds as they are written down, and played again."""
