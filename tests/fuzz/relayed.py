"""What another node says, under a valid seal: one with the key can still be wrong, or of old.

The input is the plaintext of a datagram. The tick in it counts from ours, so that what is kept in
the corpus stays fresh. It comes twice from one node and once from another, into rooms that are new
each time, one mixed here and one heard from there, and then the clock goes on for some ticks.
"""

import functools
import math
import struct
from collections import Counter
from secrets import token_bytes

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from afterparty.media.between import relay
from afterparty.media.datagrams.port import MAX_DATAGRAM, Address
from afterparty.media.desk.clock import TickClock
from afterparty.media.events import MediaConfig, MediaEvent
from afterparty.media.plane import MediaPlane

KEY = relay.derive("a key of the house, long enough to be one")
NODE: Address = ("192.0.2.4", 4444)
OTHER: Address = ("192.0.2.5", 5555)
MIXED, HEARD = "mixed", "heard"
CSRC = 7
TICKS = 6
"""How long the rooms go on: longer than a tick of another clock waits for its turn."""

_TICK = slice(1, 9)
_PLAIN = MAX_DATAGRAM - relay.LEAST


def still() -> TickClock:
    """A clock on which it is always the same tick, so that a run is the same again."""
    return TickClock(wall=lambda: 1_700_000_000.0, monotonic=lambda: 0.0)


class NoPort:
    """A port from which nothing goes out."""

    number = 40_000
    send_drops = 0

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.told: Counter[Address] = Counter()

    def send(self, data: bytes, address: Address) -> bool:
        """What would have been sent is small: nothing here amplifies."""
        assert len(data) <= MAX_DATAGRAM
        self.told[address] += 1
        return True


class _Listening:
    """A media plane that other nodes' rooms are heard and mixed in."""

    def __init__(self) -> None:
        self.heard: list[MediaEvent] = []
        self.plane = MediaPlane(MediaConfig(relay_key=KEY), self.heard.append)
        self.plane._clock = still()
        self.port = NoPort()
        self.plane._port = self.port  # type: ignore[assignment]

    def take(self, plain: bytes) -> str:
        plane, now = self.plane, self.plane._clock.now()
        for room in (MIXED, HEARD):
            plane.close_room(room)
            plane.open_room(room)
        plane.rooms.mix(MIXED, 1, math.inf)
        plane.rooms.permit(MIXED, (CSRC,))
        plane.rooms.hear(HEARD, NODE, 5)
        before, self.port.told = dict(plane._dropped), Counter()
        for address in (NODE, NODE, OTHER):
            plane._on_datagram("relay", sealed(plain, now), address)
        for tick in range(now, now + TICKS):
            plane.rooms.tick(tick, 0.0)
        assert plane.stats().faults == 0
        # Who wants a room is fed it, a packet a tick; whoever speaks gets their own beside it.
        assert all(count <= 2 * TICKS + 2 for count in self.port.told.values())
        dropped = {reason: n - before.get(reason, 0) for reason, n in plane._dropped.items()}
        heard, self.heard[:] = [type(event).__name__ for event in self.heard], []
        told = sorted(self.port.told)
        return f"{ {reason: n for reason, n in dropped.items() if n} } {heard} {len(told)}"


def sealed(plain: bytes, now: int) -> bytes:
    """A datagram of this plaintext, whose tick counts from ``now``."""
    if len(plain) >= _TICK.stop:
        (counted,) = struct.unpack("!Q", plain[_TICK])
        said_at = struct.pack("!Q", (counted + now) % 2**64)
        plain = plain[: _TICK.start] + said_at + plain[_TICK.stop :]
    nonce = token_bytes(12)
    return relay._HEAD + nonce + AESGCM(KEY).encrypt(nonce, plain, relay._HEAD)


@functools.cache
def _listening() -> _Listening:
    return _Listening()


def relayed(data: bytes) -> str:
    """The plaintext of what another node says."""
    return _listening().take(data[:_PLAIN])
