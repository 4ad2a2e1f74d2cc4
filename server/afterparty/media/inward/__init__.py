"""From an offer to a voice: a client's session, its handshakes, and the sound it sends."""
