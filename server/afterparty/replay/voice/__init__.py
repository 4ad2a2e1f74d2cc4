"""How the cast sounds, and how it is told by ear who speaks."""
