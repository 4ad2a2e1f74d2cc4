"""Where the world comes in: HTTP, WebSocket, WHIP and WHEP. Nothing else of a node knows a door."""
