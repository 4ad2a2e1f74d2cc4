"""Finding rooms: what a search asks for, which rooms it means, and in which order they are listed.

Words are looked for without regard to case, accents or width, in any script. The folded words of
each room are kept, because anybody may search and the sound is made on the same event loop.
"""

import asyncio
import heapq
import math
import unicodedata
from dataclasses import dataclass

from afterparty.core.events import Event, HostChanged, RoomCreated, RoomEdited
from afterparty.core.model import OVER, Room, RoomKind, RoomState
from afterparty.node.live.rooms import Rooms

PIECE = 500
"""Rooms looked at in one go, a millisecond or two."""

_SAYS_SOMETHING_ELSE = (RoomCreated, RoomEdited, HostChanged)

_VOICED = "\u3099\u309a"
"""Voicing marks of kana: another letter, no accent."""


def folded(text: str) -> str:
    """The text as it is compared: without case, accents and width, blanks as one."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = (sign for sign in apart if sign in _VOICED or not unicodedata.combining(sign))
    return " ".join(unicodedata.normalize("NFC", "".join(bare)).split())


@dataclass(frozen=True, slots=True)
class Said:
    """What a room says of itself, folded."""

    text: str
    """All in which words are looked for."""
    topics: frozenset[str]
    names: frozenset[str]
    """Of its host."""


def said_of(room: Room) -> Said:
    """What the room says of itself, as it stands."""
    host, topics = room.host, [folded(topic) for topic in room.topics]
    words = map(folded, (room.title, room.description, room.hashtag, host.name, f"@{host.handle}"))
    names = frozenset({folded(host.member), folded(host.handle)})
    return Said("\n".join([*words, *topics]), frozenset(topics), names)


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for; what is empty or ``None`` does not matter."""

    words: str = ""
    """Each of them is in the room's title, description, hashtag, topics, or its host's name."""
    states: frozenset[RoomState] = frozenset()
    kind: RoomKind | None = None
    host: str = ""
    """The host's member identity or handle."""
    topic: str = ""
    series: str | None = None

    def __post_init__(self) -> None:
        for name in ("words", "host", "topic"):
            object.__setattr__(self, name, folded(getattr(self, name)))

    def means(self, room: Room, said: Said) -> bool:
        """Whether the room is meant, which says that of itself."""
        return (
            (not self.states or room.state in self.states)
            and self.kind in (None, room.kind)
            and self.series in (None, room.series)
            and (not self.host or self.host in said.names)
            and (not self.topic or self.topic in said.topics)
            and all(word in said.text for word in self.words.split())
        )


def place(room: Room) -> tuple[int, float, float, str]:
    """Where a room is listed: live, scheduled, over; what is scheduled soonest first, else newest.

    Whatever is scheduled for no time comes after what is.
    """
    newest = (-room.created_at, room.room)
    if room.state is RoomState.LIVE:
        return (0, 0.0, *newest)
    if room.state in OVER:
        return (2, 0.0, *newest)
    return (1, math.inf if room.scheduled_for is None else room.scheduled_for, *newest)


class Lobby:
    """Finds rooms among all that this node knows."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._said: dict[str, Said] = {}

    def on_event(self, room: Room, event: Event) -> None:
        """Note what a room says of itself."""
        if isinstance(event, _SAYS_SOMETHING_ELSE) or room.room not in self._said:
            self._said[room.room] = said_of(room)

    async def find(self, search: Search, limit: int) -> list[Room]:
        """The first ``limit`` rooms that are meant, in the order in which they are listed."""
        found: list[Room] = []
        for number, room in enumerate(list(self._rooms.all()), 1):
            if search.means(room, self._said[room.room]):
                found.append(room)
            if number % PIECE == 0:
                found = heapq.nsmallest(limit, found, key=place)
                await asyncio.sleep(0)
        return heapq.nsmallest(limit, found, key=place)
