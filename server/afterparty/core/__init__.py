"""The rules of a room, and nothing else: no IO, no asyncio, no clock, no randomness.

Time comes in as an argument (seconds since the Unix epoch, float); identities come in as strings.
Only the standard library may be imported here; a test imports every module and proves it.
"""
