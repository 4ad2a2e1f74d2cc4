"""What travels: WebSocket messages, REST bodies, problem details.

The only place that knows JSON keys.
"""
