"""What other nodes have in a room that is mixed here: listeners of theirs, and voices.

Soft state, all of it: a node that wants the feed says so every second, and a voice that says
nothing for a while is forgotten. Bounded, whatever comes. Knows no sockets and no mixing.
"""

from collections.abc import Collection
from dataclasses import dataclass

from afterparty.media.between.relay import Said
from afterparty.media.datagrams.port import Address
from afterparty.media.inward.uplink import Uplink

WANT_SECONDS = 3.0
"""How long a want holds; it is said anew every second."""

VOICE_SECONDS = 5.0
"""How long a voice is kept that says nothing: even in silence Opus sends every 400 ms."""

MAX_NODES = 64
MAX_VOICES = 64
"""Voices of other nodes in one room; who may be heard is the room's to say."""


@dataclass(eq=False, slots=True)
class Branch:
    """One voice that is said at another node."""

    voice_id: str
    """Its name in the mixer."""
    address: Address
    number: int
    """The other node's own number for it."""
    csrc: int
    uplink: Uplink
    heard_at: float


class Branches:
    """The listening nodes and distant voices of one room. Times are monotonic seconds."""

    def __init__(self, jitter_ms: int) -> None:
        self._jitter_ms = jitter_ms
        self._nodes: dict[Address, float] = {}
        self._voices: dict[tuple[Address, int], Branch] = {}

    @property
    def nodes(self) -> Collection[Address]:
        """Where the feed is wanted."""
        return self._nodes.keys()

    def want(self, address: Address, now: float) -> None:
        """The node at `address` wants the feed."""
        if address in self._nodes or len(self._nodes) < MAX_NODES:
            self._nodes[address] = now

    def said(self, said: Said, address: Address, now: float) -> Branch | None:
        """Take in what was said at another node; its voice if that is new here, to be seated."""
        key = address, said.voice
        branch = self._voices.get(key)
        new = None
        if branch is None or branch.csrc != said.csrc:
            if branch is None and len(self._voices) >= MAX_VOICES:
                return None
            name = f"{address[0]} {address[1]} {said.voice}"
            new = branch = Branch(
                name, address, said.voice, said.csrc, Uplink(self._jitter_ms), now
            )
            self._voices[key] = branch
        branch.heard_at = now
        branch.uplink.receive(said.packet)
        return new

    def drop(self, csrcs: Collection[int]) -> list[Branch]:
        """Forget all voices that go by none of these numbers; they are to lose their seats."""
        gone = [branch for branch in self._voices.values() if branch.csrc not in csrcs]
        for branch in gone:
            del self._voices[branch.address, branch.number]
        return gone

    def age(self, now: float) -> list[Branch]:
        """Forget who has been silent for too long; voices among them are to lose their seats."""
        for address in [a for a, at in self._nodes.items() if now - at > WANT_SECONDS]:
            del self._nodes[address]
        gone = [one for one in self._voices.values() if now - one.heard_at > VOICE_SECONDS]
        for branch in gone:
            del self._voices[branch.address, branch.number]
        return gone
