"""All listeners of one worker: whose datagram is it, who hears, who is lost. One owner of the rows.

A row's number is its listener's number. What comes in bulk (sound, answered checks) is dealt with
by numpy; STUN, DTLS and the sampled listeners' sound one by one. Knows no HTTP.
"""

import enum
import math
import time
from collections import Counter, deque

import numpy as np
from numpy.typing import NDArray

from afterparty.loadtest.address import LISTENERS
from afterparty.loadtest.batch import Batch, Sockets
from afterparty.loadtest.consent import Consent
from afterparty.loadtest.ledger import Ledger
from afterparty.loadtest.listener import Listener
from afterparty.loadtest.proof import Findings, Proof
from afterparty.loadtest.tally import Window

CATCH_UP = 64
"""Batches read, at most, before silence is judged: what waits in our own buffer is no silence."""


class State(enum.IntEnum):
    """Where a row is in its life."""

    FREE = 0
    JOINING = 1
    CONNECTED = 2
    LEAVING = 3
    LOST = 4
    """The server left, in this window: what it did not send is held against it."""


class Crowd:
    """Up to `most` listeners at a time over these sockets."""

    def __init__(
        self, sockets: Sockets, most: int, *, decrypt: float, decode: int, tone: tuple[float, ...]
    ) -> None:
        self.sockets = sockets
        # More rows than listeners, so that an address rests before somebody else has it.
        rows = min(LISTENERS, most + most // 2 + 256)
        if not 0 < most <= rows:
            raise ValueError(f"a worker has 1 to {rows} listeners, not {most}")
        self.state = np.zeros(rows, np.uint8)
        self.ledger = Ledger(rows)
        self.consent = Consent(rows)
        self.listeners: dict[int, Listener] = {}
        self.reasons: Counter[str] = Counter()
        """Why listeners were lost or had to wait, by a stable word."""
        self.lost = 0
        self.findings = Findings()
        """Of the sampled listeners, all together."""
        self._rows = rows
        self._sampled = np.zeros(rows, bool)
        self._proofs: dict[int, Proof] = {}
        self._decrypt, self._decode, self._tone = decrypt, decode, tone
        self._decoding = 0
        self._decided = np.zeros(rows, np.int64)
        self._free = deque(range(rows))
        self._busy: dict[int, Listener] = {}
        self._first_sound: list[float] = []
        self._reported = 0
        self._read_until = time.time_ns()
        self._window: str | None = None

    def open(self, decided: int) -> Listener:
        """A new listener, who decided to come at this time (nanoseconds since the epoch).

        Raises OSError if there is no socket to be had, RuntimeError if no row is free.
        """
        if not self._free:
            self._forget_lost()
        if not self._free:
            raise RuntimeError("more listeners than this worker was made for")
        number = self._free.popleft()
        try:
            address = self.sockets.open(number)
        except OSError:
            self._free.append(number)
            raise
        present = len(self.listeners) + 1
        sampled = len(self._proofs) < math.ceil(self._decrypt * present)
        listener = Listener(number, address, self.sockets.send, sampled=sampled)
        if sampled:
            decode = self._decoding < self._decode
            self._decoding += decode
            self._proofs[number] = Proof(self.findings, decode=decode, tone=self._tone)
        self._sampled[number] = sampled
        self._decided[number] = decided
        self.ledger.clear(number)
        self.state[number] = State.JOINING
        self.listeners[number] = self._busy[number] = listener
        return listener

    def connect(self, listener: Listener, now: float) -> None:
        """This listener has joined: what comes from now on is sound."""
        number = listener.number
        if listener.keys is not None:
            self._proofs[number].begin(listener.keys)
            listener.keys = None
        self.state[number] = State.CONNECTED
        self.consent.begin(number, now)

    def retire(self, listener: Listener) -> None:
        """This listener is about to leave: what it is sent from now on is not counted."""
        self.state[listener.number] = State.LEAVING
        self.consent.end(listener.number)

    def close(self, listener: Listener, state: State = State.FREE) -> None:
        """This listener is no more. Harmless if that is so already."""
        number = listener.number
        if self.listeners.get(number) is not listener:
            return
        del self.listeners[number]
        self.consent.end(number)
        self.state[number] = state
        self._busy.pop(number, None)
        self._sampled[number] = False
        proof = self._proofs.pop(number, None)
        if proof is not None:
            self._decoding -= proof.decodes
        self.sockets.shut(number)
        if state is State.FREE:
            self._free.append(number)

    def _forget_lost(self) -> None:
        lost = np.flatnonzero(self.state == State.LOST)
        self.state[lost] = State.FREE
        self._free.extend(lost.tolist())

    def read(self, most: int) -> bool:
        """Read up to so many batches; True if there may be more to read."""
        for _ in range(most):
            before = time.time_ns()
            count = self.sockets.read(self._receive)
            if count < self.sockets.turn:
                self._read_until = before
                return False
        return True

    def sweep(self, now: float) -> None:
        """Send again what was lost in joins, ask for consent, and find those who lost it."""
        for number, listener in list(self._busy.items()):
            listener.sweep(now)
            if listener.stage == "joined" and not listener.lingers:
                del self._busy[number]
        for row in self.consent.due(now):
            listener = self.listeners[int(row)]
            if listener.remote is not None:
                self.sockets.send(listener.number, listener.consent(), listener.remote)
        for row in self.consent.lost(now):
            self._lose(self.listeners[int(row)], "ice_consent_lost")
        self.sockets.flush()

    def count(self, state: State) -> int:
        """How many listeners are in this state."""
        return int((self.state == state).sum())

    @property
    def hearing(self) -> int:
        """Connected listeners who have heard something."""
        return int(((self.state == State.CONNECTED) & (self.ledger.last > 0)).sum())

    def first_sounds(self) -> tuple[float, ...]:
        """Seconds to the first sound, of those who first heard since the last call."""
        fresh = tuple(self._first_sound[self._reported :])
        self._reported = len(self._first_sound)
        return fresh

    @property
    def all_first_sounds(self) -> NDArray[np.float64]:
        """Seconds to the first sound, one for each who ever heard."""
        return np.array(self._first_sound)

    def mark(self, worker: int, name: str | None) -> Window | None:
        """End the window, begin one of this name (or none); returns the one that ended."""
        self.read(CATCH_UP)
        ended = None
        if self._window is not None:
            reading = self.ledger.read(self._measured(), self._read_until)
            ended = Window(
                worker=worker,
                name=self._window,
                expected=reading.expected,
                received=reading.received,
                gaps=reading.gaps,
                longest_silence=reading.longest / 1e9,
            )
        self._window = name
        self._forget_lost()
        self.ledger.mark()
        return ended

    def so_far(self) -> tuple[int, float]:
        """Packets missing in this window, and the longest silence of any listener, in seconds."""
        self.read(CATCH_UP)
        here = self.ledger.last > 0
        here &= (self.state == State.CONNECTED) | (self.state == State.LOST)
        reading = self.ledger.read(here, self._read_until)
        if not len(reading.expected):
            return 0, 0.0
        missing = int((reading.expected - reading.received).sum())
        return missing, float(reading.longest.max()) / 1e9

    def _measured(self) -> NDArray[np.bool_]:
        present = (self.state == State.CONNECTED) | (self.state == State.LOST)
        measured: NDArray[np.bool_] = self.ledger.throughout() & present
        return measured

    def _receive(self, batch: Batch) -> None:
        """Take a batch in. The hot path of the whole worker."""
        rows, first = batch.listeners, batch.first
        if rows.max() >= self._rows:
            rows = np.where(rows < self._rows, rows, -1)
        # RFC 7983 and, for RTCP, RFC 5761 section 4.
        sound = (first & 0xC0 == 0x80) & ((batch.second < 192) | (batch.second > 223)) & (rows >= 0)
        other = np.flatnonzero(~sound & (rows >= 0) & (first < 64))
        if len(other):
            self._others(batch, rows, other)
        sound &= self.state[rows] == State.CONNECTED
        if sound.all():
            new = self.ledger.count(rows, batch.sequence, batch.ssrc, batch.stamps)
        else:
            new = self.ledger.count(
                rows[sound], batch.sequence[sound], batch.ssrc[sound], batch.stamps[sound]
            )
        if len(new):
            waits = (self.ledger.first[new] - self._decided[new]) / 1e9
            self._first_sound += waits.tolist()
        if self._proofs:
            for place in np.flatnonzero(sound & self._sampled[rows]):
                self._proofs[int(rows[place])].hear(batch.datagram(int(place)))

    def _others(self, batch: Batch, rows: NDArray[np.int64], places: NDArray[np.intp]) -> None:
        """STUN and DTLS, before the sound that may have come right after them."""
        now = time.monotonic()
        theirs = rows[places]
        # Answers to checks of those who are in, by their two bytes of type; the sample's apart.
        plain = (batch.first[places] == 1) & (batch.second[places] == 1)
        plain &= (self.state[theirs] == State.CONNECTED) & ~self._sampled[theirs]
        self.consent.answered(theirs[plain], now)
        for place in places[~plain]:
            listener = self.listeners.get(int(rows[place]))
            if listener is not None:
                self._one(listener, batch.datagram(int(place)), now)
        self.sockets.flush()

    def _one(self, listener: Listener, datagram: bytes, now: float) -> None:
        # Whoever has no DTLS any more is told of nothing but the end (an alert, RFC 6347).
        if datagram[0] == 21 and listener.stage == "joined":
            if self.state[listener.number] == State.CONNECTED:
                self._lose(listener, "dtls_closed")
        elif listener.receive(datagram, now):
            self.consent.answered(np.array([listener.number]), now)
        if listener.stage == "joined" and self.state[listener.number] == State.JOINING:
            self.connect(listener, now)

    def _lose(self, listener: Listener, reason: str) -> None:
        self.reasons[reason] += 1
        self.lost += 1
        self.close(listener, State.LOST)
