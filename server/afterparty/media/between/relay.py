"""What the nodes of one house tell each other by their UDP ports: three kinds of sealed datagram.

A node that has listeners in a room *wants* the feed of whoever mixes it; the mixing node is *fed*
to it, a packet a tick; and a voice that is *said* elsewhere goes to the mixing node as it came,
less its encryption. Sealed with AES-GCM under a key that only nodes have. The first byte is the
port's for them. Pure of sockets and of time: who opens a datagram says what tick it
is, and whatever is too far from that was kept and sent again.
"""

import struct
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from afterparty.media.datagrams.port import RELAY
from afterparty.media.datagrams.rtp import MAX_CSRCS, RtpPacket
from afterparty.media.desk.clock import TICKS_PER_SECOND
from afterparty.media.desk.feed import FeedPacket

FRESH_TICKS = 5 * TICKS_PER_SECOND
"""How far a datagram's tick may be from ours: clocks of nodes differ by less, and a copy that is
sent again within so long is known by its number."""

WINDOW = 512
"""Datagrams of one sender by which another may be late: beyond that it is taken for a copy."""

MAX_SENDERS = 256
"""Processes whose numbers are remembered; the one that was silent for longest is forgotten first.
Only nodes have the key, and they are few."""

MAX_ROOM = 128
"""Characters of a room's name, all of one byte."""

_MASK = (1 << WINDOW) - 1
_HEAD = bytes((RELAY, 1))
_NONCE = 12
_TAG = 16
_COMMON = struct.Struct("!BQB")  # kind, tick, length of the room's name
_FED = struct.Struct("!QIBB")  # epoch, voice, marker, number of CSRCs
_SAID = struct.Struct("!IIHIB")  # voice, csrc, sequence, ssrc, level
_NO_LEVEL = 255
_WANT, _FEED, _VOICE = 1, 2, 3
LEAST = len(_HEAD) + _NONCE + _COMMON.size + 1 + _TAG


@dataclass(frozen=True, slots=True)
class Wanted:
    """The sender has listeners in the room, and asks for its feed for a while."""

    room: str


@dataclass(frozen=True, slots=True)
class Fed:
    """One tick of a room's sound, from the node that mixes it."""

    room: str
    epoch: int
    """Which of the room's mixing nodes sent it; a higher one has taken over from all lower ones."""
    voice: int
    """0: for all who listen. Otherwise for whoever has said that voice: the mix less themselves."""
    packet: FeedPacket


@dataclass(frozen=True, slots=True)
class Said:
    """One packet of somebody who is connected to the sender."""

    room: str
    voice: int
    """The sender's own number for it; never 0."""
    csrc: int
    packet: RtpPacket
    """As it came; of its fields, sequence, SSRC, payload and level matter."""


Message = Wanted | Fed | Said


class _Window:
    """Which numbers of one sender have been seen, as in SRTP (RFC 3711 section 3.3.2)."""

    __slots__ = ("highest", "seen")

    def __init__(self) -> None:
        self.highest, self.seen = -1, 0

    def take(self, number: int) -> bool:
        """Whether the number is new, and not too old to tell."""
        ahead = number - self.highest
        if ahead > 0:
            self.seen = (self.seen << min(ahead, WINDOW) | 1) & _MASK
            self.highest = number
            return True
        bit = 1 << -ahead
        if -ahead >= WINDOW or self.seen & bit:
            return False
        self.seen |= bit
        return True


class RelayError(Exception):
    """A datagram that is none of ours, or not now; ``reason`` is for counters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def derive(secret: str) -> bytes:
    """The key of the relay, 16 bytes, from what all nodes of a house share (HKDF, RFC 5869)."""
    return HKDF(SHA256(), 16, None, b"afterparty relay 1").derive(secret.encode())


class Relay:
    """Seals and opens the datagrams of one node."""

    def __init__(self, key: bytes) -> None:
        self.rekey(key, (key,))
        # No two packets under one key may have one nonce: a part of each process's own, drawn once.
        self._own = token_bytes(6)
        self._number = count()
        self._windows: OrderedDict[bytes, _Window] = OrderedDict()

    def rekey(self, sealing: bytes, opening: Iterable[bytes]) -> None:
        """Seal with one key from now on, and open whatever is sealed with any of several.

        What numbers datagrams goes on, so no nonce comes twice should a key come back.
        """
        self._aead, self._opening = AESGCM(sealing), [AESGCM(key) for key in opening]

    def _plain(self, nonce: bytes, sealed: bytes) -> bytes:
        """What was sealed. Raises RelayError ``relay_unauthentic``."""
        for place, aead in enumerate(self._opening):
            try:
                plain = aead.decrypt(nonce, sealed, _HEAD)
            except InvalidTag:
                continue
            if place:  # most likely it opens the next one too
                self._opening.insert(0, self._opening.pop(place))
            return plain
        raise RelayError("relay_unauthentic")

    def seal(self, message: Message, tick: int) -> bytes:
        """A datagram of the message, said at this tick."""
        nonce = self._own + next(self._number).to_bytes(6)
        return _HEAD + nonce + self._aead.encrypt(nonce, _write(message, tick), _HEAD)

    def open(self, data: bytes, tick: int) -> Message:
        """The message in a datagram that came at this tick.

        Raises RelayError: ``relay_malformed``, ``relay_unauthentic``, ``relay_stale``, or
        ``relay_copy`` if it has been opened before.
        """
        if len(data) < LEAST or data[:2] != _HEAD:
            raise RelayError("relay_malformed")
        nonce = data[2 : 2 + _NONCE]
        plain = self._plain(nonce, data[2 + _NONCE :])
        try:
            message, said_at = _read(plain)
        except (struct.error, UnicodeDecodeError, ValueError):
            raise RelayError("relay_malformed") from None
        if abs(tick - said_at) > FRESH_TICKS:
            raise RelayError("relay_stale")
        if not self._is_new(nonce):
            raise RelayError("relay_copy")
        return message

    def _is_new(self, nonce: bytes) -> bool:
        sender, number = nonce[:6], int.from_bytes(nonce[6:])
        window = self._windows.get(sender)
        if window is None:
            window = self._windows[sender] = _Window()
            if len(self._windows) > MAX_SENDERS:
                self._windows.popitem(last=False)
        self._windows.move_to_end(sender)
        return window.take(number)


def _write(message: Message, tick: int) -> bytes:
    name = message.room.encode("ascii")
    match message:
        case Wanted():
            return _COMMON.pack(_WANT, tick, len(name)) + name
        case Fed(_, epoch, voice, packet):
            n = len(packet.csrcs)
            return (
                _COMMON.pack(_FEED, packet.tick, len(name))
                + name
                + _FED.pack(epoch, voice, packet.marker, n)
                + struct.pack(f"!{n}I", *packet.csrcs)
                + packet.levels
                + packet.payload
            )
        case Said(_, voice, csrc, packet):
            level = _NO_LEVEL if packet.level is None else packet.level
            return (
                _COMMON.pack(_VOICE, tick, len(name))
                + name
                + _SAID.pack(voice, csrc, packet.sequence, packet.ssrc, level)
                + packet.payload
            )


def _read(plain: bytes) -> tuple[Message, int]:
    kind, tick, length = _COMMON.unpack_from(plain)
    at = _COMMON.size + length
    if not 0 < length <= MAX_ROOM or at > len(plain):
        raise ValueError("no room")
    room = plain[_COMMON.size : at].decode("ascii")
    if kind == _WANT:
        return Wanted(room), tick
    if kind == _FEED:
        epoch, voice, marker, n = _FED.unpack_from(plain, at)
        at += _FED.size
        csrcs = struct.unpack_from(f"!{n}I", plain, at)
        levels, payload = plain[at + 4 * n : at + 5 * n], plain[at + 5 * n :]
        if n > MAX_CSRCS or len(levels) < n or not payload:
            raise ValueError("no packet")
        return Fed(room, epoch, voice, FeedPacket(tick, payload, csrcs, levels, marker == 1)), tick
    if kind == _VOICE:
        voice, csrc, sequence, ssrc, level = _SAID.unpack_from(plain, at)
        payload = plain[at + _SAID.size :]
        stated = None if level == _NO_LEVEL else level & 0x7F
        packet = RtpPacket(0, False, sequence, 0, ssrc, payload, stated)
        return Said(room, voice, csrc, packet), tick
    raise ValueError("no kind of ours")
