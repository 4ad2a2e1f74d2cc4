"""The IO shell of one server process.

Joins core, store and media, and speaks HTTP and WebSocket.
"""
