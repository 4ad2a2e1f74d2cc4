"""Rooms that live on several nodes: feeds and voices, from port to port."""
