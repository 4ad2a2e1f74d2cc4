"""One evening run against a server by its public API: cast, audience, and what they note down."""
