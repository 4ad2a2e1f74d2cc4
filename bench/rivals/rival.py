"""What is compared: a WHEP endpoint, and the process whose CPU time and memory are its price."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rival:
    """A server that is running, with sound in it."""

    name: str
    whep: str
    """URL to post offers to."""
    pid: int
    """Its process; what its children use is counted as its own."""
    token: str | None = field(default=None, repr=False)
    """Bearer."""
    packet_ms: int = 20
    """Sound in a packet."""
    many_on_one: bool = True
    """Whether one socket of the swarm is all of the listeners, each at an address of its own in
    127/8; else each has a socket. That costs the sender too: it wakes more."""


TONES = (440.0, 700.0, 1100.0)
"""Hertz of the chord that every rival plays, so that encoders and packets are alike."""
