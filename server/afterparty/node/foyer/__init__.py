"""What there is before a room: finding one, following one, hearing that it begins."""
