"""A headless client of the public API. Knows the wire and nothing of the server's insides."""
