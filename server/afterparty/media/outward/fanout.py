"""The fan-out: every listener is one row, and each tick departs to all rows for which it is due.

A row that is in a wide lane departs every few ticks, with all ticks since. So a row may change feed
or lane between any two packets, and nothing is lost or sent twice. Sealing a departure is done in
slices, so that the event loop never waits long; if a tick is not through when the next one comes,
the next waits, is counted, and takes along what it missed: packets grow wider, and nothing queues.
Knows no rooms, no sessions, no mixing.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
import time
from collections import Counter
from collections.abc import Generator, Iterable
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from afterparty.media.datagrams.port import Address
from afterparty.media.desk.clock import TICKS_PER_SECOND
from afterparty.media.desk.feed import REMEMBERED_TICKS, Feed, FeedPacket
from afterparty.media.outward.lanes import LANES, Lane, LanePacket, Pressure, choose, pack, widen
from afterparty.media.outward.rows import NEVER, NO_FEED, Row, Rows
from afterparty.media.outward.sealing import seal_packets, seal_reports
from afterparty.media.outward.sender import ROWS, Sender

log = logging.getLogger(__name__)

REPORT_TICKS = 5 * TICKS_PER_SECOND
"""Every row gets one RTCP sender report in so many ticks; the rows are spread over them."""

REPORT_ROWS = 64
"""Reports sealed without a pause: each takes several times as long as a packet of sound."""

SLICE_SECONDS = 0.001
"""How long the event loop is held at a time, give or take the sealing of a few rows."""

REVIEW_TICKS = 10
"""How often the lanes are thought over."""

GROW_EVERY = 32
"""Departures of a row between two steps towards a wider lane, of one tick each: time for a jitter
buffer to grow along. From 20 to 120 ms it takes ten seconds, and Chromium conceals nothing; with
steps every 4 departures it concealed 55 ms."""

NARROW_TICKS = 10 * TICKS_PER_SECOND
"""A feed goes back to a narrower lane when it could have done so for this long."""

Numbers = NDArray[np.int64]


class FanOut:
    """Sends feeds to rows. Row ids are the caller's; all calls come from one event loop.

    `lane` fixes one lane for every listener; None chooses by how many there are.
    """

    def __init__(self, lane: Lane | None = None) -> None:
        self.cname = secrets.token_hex(8)
        """CNAME of all streams: they come from one end point (RFC 3550 section 6.5.1)."""
        self._lane = lane
        self._rows = Rows()
        self._feeds: WeakValueDictionary[int, Feed] = WeakValueDictionary()
        self._followers: Counter[int] = Counter()
        self._lanes: dict[int, Lane] = {}
        self._right: dict[int, Lane] = {}  # for the feed's size, whatever the pressure
        self._narrowing: dict[int, int] = {}
        self._pressure = Pressure()
        self._sender = Sender()
        self._tick = 0
        self._begun = 0
        self._work: Generator[bool, None, None] | None = None
        self._wake = asyncio.Event()
        self._finished = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._handed = 0
        self.late = 0
        """Ticks that could not depart because the one before was still being sent."""
        self.skipped = 0
        """Ticks that never departed to a row, summed over all rows: the node was behind for too
        long."""
        self.longest_slice = 0.0
        """The longest that the event loop was held at a time, seconds of its CPU."""
        self.faults = 0
        """Departures broken off by an error; always a bug."""

    def start(self, sock: socket.socket, tick: int) -> None:
        """Begin to send by this socket, on the running event loop, with the tick after `tick`."""
        self._tick = self._begun = tick
        self._sender.start(sock)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End sending. The socket may be closed afterwards. Harmless if it has not begun."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._sender.stop()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def sent(self) -> int:
        """RTP packets sent to all rows."""
        return self._handed - self._sender.dropped

    @property
    def dropped(self) -> int:
        """Datagrams that the kernel would not take."""
        return self._sender.dropped

    def lanes(self) -> dict[int, int]:
        """Rows that hear something, by the ticks that their next packet carries."""
        rows = self._rows
        spans = rows.span[: rows.top][rows.due[: rows.top] != NEVER]
        return dict(enumerate(np.bincount(spans, minlength=LANES[-1] + 1).tolist()))

    def add(self, row_id: str, row: Row, feed: Feed | None) -> None:
        """Take in a new row, which follows `feed` from the next packet on."""
        self._rows.add(row_id, row)
        if feed is not None:
            self.follow((row_id,), feed)

    def remove(self, row_id: str) -> None:
        """Forget a row. Harmless if it is gone."""
        number = self._rows.remove(row_id)
        if number is not None:
            self._unfollow(np.array([number]))
            if self._work is None:
                self._rows.settle()

    def move(self, row_id: str, address: Address) -> None:
        """Send a row's packets to another address. Harmless if the row is gone."""
        number = self._rows.number(row_id)
        if number is not None:
            self._rows.readdress(number, address)

    def pin(self, row_id: str, pinned: bool) -> None:
        """Keep a row in the narrowest lane, as who speaks must hear at once. Harmless if gone."""
        number = self._rows.number(row_id)
        if number is not None:
            rows = self._rows
            rows.widest[number] = 1 if pinned else rows.shapes[rows.shape[number]].widest
            if pinned and rows.due[number] != NEVER:
                rows.span[number] = 1
                rows.due[number] = rows.last[number] + 1

    def follow(self, row_ids: Iterable[str], feed: Feed | None) -> None:
        """Let rows follow another feed, or none, from their next packet on: no gap in sequence or
        in ticks. Unknown ids are ignored."""
        known = (self._rows.number(row_id) for row_id in row_ids)
        numbers = np.array([number for number in known if number is not None], np.int64)
        if not numbers.size:
            return
        rows = self._rows
        self._unfollow(numbers)
        if feed is None:
            rows.feed[numbers] = NO_FEED
            rows.due[numbers] = NEVER
            return
        self._feeds[feed.number] = feed
        self._followers[feed.number] += numbers.size
        rows.feed[numbers] = feed.number
        # As wide as those who come are used to: a great audience must not narrow its lane only
        # because it arrives by and by.
        widest = max(lane for lane in LANES if lane <= rows.span[numbers].max())
        self._lanes[feed.number] = max(self._lane_of(feed.number), widest)
        self._think(feed.number)
        idle = numbers[rows.due[numbers] == NEVER]
        if idle.size:
            # Spread over the ticks of their lane. What they missed before this tick they missed.
            spans = np.minimum(rows.widest[idle], self._lane_of(feed.number))
            rows.span[idle] = spans
            rows.due[idle] = self._tick + 1 + (idle - self._tick) % spans
            rows.last[idle] = rows.due[idle] - spans

    def is_followed(self, feed: Feed) -> bool:
        """Whether any row follows the feed."""
        return feed.number in self._followers

    def _unfollow(self, numbers: Numbers) -> None:
        if numbers.size == 1 and self._rows.feed[numbers[0]] == NO_FEED:
            return  # who joins
        feeds, counts = np.unique(self._rows.feed[numbers], return_counts=True)
        for feed, count in zip(feeds.tolist(), counts.tolist(), strict=True):
            if feed != NO_FEED:
                self._followers[feed] -= count
                if not self._followers[feed]:
                    del self._followers[feed]
                    self._lanes.pop(feed, None)
                    self._right.pop(feed, None)
                    self._narrowing.pop(feed, None)

    def sent_to(self, row_id: str) -> int:
        """RTP packets sent to a row; 0 if it is gone."""
        number = self._rows.number(row_id)
        return 0 if number is None else int(self._rows.sent[number])

    # Once a tick.

    def depart(self, tick: int) -> None:
        """Send what is due at this tick: the packets of the rows, and the reports of some."""
        self._tick = tick
        late = self._work is not None
        self.late += late
        self._pressure.tell(tick, late=late)
        if tick % REVIEW_TICKS == 0:
            self._review()
        if not late:
            self._begin(tick)
            self._go_on()
        if self._work is not None:
            self._wake.set()

    async def departed(self) -> None:
        """Wait until everything that was due has been handed to the kernel."""
        while self._work is not None:
            await self._finished.wait()
        while self._sender.busy:
            await self._sender.returned()

    def _begin(self, tick: int) -> None:
        self._begun = tick
        self._finished.clear()
        self._work = self._departure(tick)

    def _go_on(self) -> bool:
        """Do a slice of the work at hand. False if it waits for a block."""
        began = time.thread_time()
        try:
            return self._slice(time.perf_counter() + SLICE_SECONDS)
        finally:
            self.longest_slice = max(self.longest_slice, time.thread_time() - began)

    def _slice(self, end: float) -> bool:
        work = self._work
        try:
            while work is not None and time.perf_counter() < end:
                if next(work):
                    return False
        except StopIteration:
            self._work = None
        except Exception:
            self.faults += 1
            log.exception("the departure of tick %d failed", self._begun)
            self._work = None
        if self._work is None:
            self._rows.settle()
            self._finished.set()
        return True

    async def _run(self) -> None:
        """Finish departures that took longer than one slice; the owner of all that is late."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._work is not None:
                if self._go_on():
                    await asyncio.sleep(0)
                else:
                    await self._sender.returned()
                self._catch_up()

    def _catch_up(self) -> None:
        """Begin the tick that came while another was being sent."""
        if self._work is None and self._tick != self._begun:
            self._begin(self._tick)

    def _review(self) -> None:
        for feed in self._followers:
            self._think(feed)

    def _think(self, feed: int) -> None:
        """Choose the lane of a feed: wider at once, narrower only after a while."""
        now = self._lane_of(feed)
        self._right[feed] = choose(self._followers[feed], self._right.get(feed, LANES[0]))
        lane = self._lane or widen(self._right[feed], self._pressure.steps)
        if lane < now and self._tick < self._narrowing.setdefault(feed, self._tick + NARROW_TICKS):
            return
        self._narrowing.pop(feed, None)
        self._lanes[feed] = lane

    def _lane_of(self, feed: int) -> Lane:
        return self._lanes.get(feed, self._lane or LANES[0])

    def _departure(self, tick: int) -> Generator[bool, None, None]:
        """Everything of one tick. Yields wherever others may have their turn: True where it waits
        for a block."""
        due = self._due(tick)
        yield False
        for frames, shape, numbers in due:
            for packet in pack(frames, self._rows.shapes[shape].widest):
                for start in range(0, numbers.size, ROWS):
                    yield from self._seal(shape, packet, numbers[start : start + ROWS])
        rows = self._rows
        numbers = np.arange(tick % REPORT_TICKS, rows.top, REPORT_TICKS)
        numbers = numbers[rows.sent[numbers] > 0]
        for start in range(0, numbers.size, REPORT_ROWS):
            yield from self._seal_reports(tick, numbers[start : start + REPORT_ROWS])

    def _seal(
        self, shape: int, packet: LanePacket, numbers: Numbers
    ) -> Generator[bool, None, None]:
        while (block := self._sender.take()) is None:
            yield True
        with self._sender.sending(block):
            rows = self._rows
            # Looked at now: a row may have been removed since it was found due.
            numbers = numbers[rows.alive[numbers]]
            for _ in seal_packets(rows, numbers, rows.shapes[shape], packet, block):
                yield False
            self._handed += block.count
        yield False

    def _seal_reports(self, tick: int, numbers: Numbers) -> Generator[bool, None, None]:
        while (block := self._sender.take()) is None:
            yield True
        with self._sender.sending(block):
            rows = self._rows
            seal_reports(rows, numbers[rows.alive[numbers]], tick, self.cname, block)
        yield False

    def _due(self, tick: int) -> list[tuple[list[FeedPacket], int, Numbers]]:
        """Rows that depart, with what departs to them and their shape, and their next departures
        written down. Rows that have the same feed, have had the same ticks and are of one shape go
        together."""
        rows = self._rows
        numbers = np.flatnonzero(rows.due[: rows.top] <= tick)
        if not numbers.size:
            return []
        oldest = tick - REMEMBERED_TICKS
        behind = oldest - rows.last[numbers]
        if behind.max() > 0:
            self.skipped += int(behind[behind > 0].sum())
            rows.last[numbers] = np.maximum(rows.last[numbers], oldest)
        key = (rows.feed[numbers] << 32) | ((tick - rows.last[numbers]) << 24) | rows.shape[numbers]
        order = np.argsort(key, kind="stable")
        numbers, key = numbers[order], key[order]
        groups: list[tuple[list[FeedPacket], int, Numbers]] = []
        for part in np.split(numbers, np.flatnonzero(np.diff(key)) + 1):
            number = int(rows.feed[part[0]])
            last = int(rows.last[part[0]])
            feed = self._feeds.get(number)
            frames = feed.between(last, tick) if feed is not None else []
            # Whoever is further behind gets the rest with the next packet: full packets, no more
            # of them than in time.
            until = min(tick, last + LANES[-1]) if frames else tick
            self._schedule(part, self._lane_of(number), until)
            if frames := [frame for frame in frames if frame.tick <= until]:
                groups.append((frames, int(rows.shape[part[0]]), part))
        return groups

    def _schedule(self, numbers: Numbers, lane: Lane, until: int) -> None:
        """Write down that rows have had all until this tick, and when they depart next, a step
        nearer to their lane."""
        rows = self._rows
        span = rows.span[numbers]
        goal = np.minimum(rows.widest[numbers], lane)
        grows = (rows.departures[numbers] + numbers) % GROW_EVERY == 0
        span = np.where(span < goal, span + grows, goal)
        rows.departures[numbers] += 1
        rows.span[numbers] = span
        rows.last[numbers] = until
        rows.due[numbers] = until + span
