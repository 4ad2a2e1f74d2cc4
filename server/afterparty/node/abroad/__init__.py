"""Other nodes, and other people's servers: what they are told, and what they say."""
