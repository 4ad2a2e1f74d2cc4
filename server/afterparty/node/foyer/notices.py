"""Tells those who asked that a room begins soon, has begun, or will not take place.

Every node hears of it, one of them writes the notices, and another one goes on where that one died:
an account has each notice once, whoever gives it. It is done in pages, so that the sound goes on
while very many are told, and again until the store was there for it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import structlog

from afterparty.core.events import Event, RoomCanceled, RoomOpened, StartsSoon
from afterparty.core.model import Room, RoomState
from afterparty.core.rules import SOON_SECONDS
from afterparty.node.ground.tasks import Tasks, insist
from afterparty.node.live.rooms import Rooms
from afterparty.node.people.blocklists import Blocklists
from afterparty.store.accounts import Accounts
from afterparty.store.notices import Notices as Store
from afterparty.wire.accounts import NoticeKind, NoticeView, decode_notice, encode_notice
from afterparty.wire.views import person_view

NOTICES_KEPT = 200
"""Notices that an account has, the newest."""

FOLLOWERS_TOLD = 10_000
"""Followers of a host who are told that a room has begun. Whoever asked is told in any case."""

AT_ONCE = 20
"""Accounts that are told together."""

LOOK_AGAIN_SECONDS = 2.0
"""When to look whether the node that tells has done it, or has died."""

MISSED_SECONDS = 86_400.0
"""How long ago something may have happened that is told by a node that starts."""

_KINDS = {
    StartsSoon: NoticeKind.SOON,
    RoomOpened: NoticeKind.STARTED,
    RoomCanceled: NoticeKind.CANCELED,
}

log = structlog.get_logger()

_Page = Callable[[int], Awaitable[tuple[list[str], int]]]


class Notices:
    """The notices that this node writes, and reads for whoever has them."""

    def __init__(
        self,
        node: str,
        store: Store,
        accounts: Accounts,
        rooms: Rooms,
        blocklists: Blocklists,
        tasks: Tasks,
    ) -> None:
        self._node, self._store, self._accounts, self._rooms = node, store, accounts, rooms
        self._blocklists, self._tasks = blocklists, tasks

    async def read(self, member: str, after: str, limit: int) -> list[NoticeView]:
        """What an account was told after a notice, in order. Raises ``StoreError``."""
        return [decode_notice(body) for body in await self._store.read(member, after, limit)]

    def on_event(self, room: Room, event: Event) -> None:
        """Tell what is to be told of it."""
        kind = _KINDS.get(type(event))
        if kind is not None:
            self._tasks.spawn("tell", insist("tell", lambda: self._tell(room, kind, event.at)))

    def recover(self) -> None:
        """Tell what happened when no node was there to tell it."""
        self._tasks.spawn("tell what was missed", insist("tell what was missed", self._recover))

    async def _recover(self) -> None:
        since = time.time() - MISSED_SECONDS
        missed: dict[str, list[tuple[Room, NoticeKind, float]]] = {}
        for room in self._rooms.all():
            for kind, at in _happened(room):
                if at > since:
                    missed.setdefault(room.show, []).append((room, kind, at))
        for show, found in missed.items():
            told = await self._store.told(show)
            for room, kind, at in found:
                if f"{room.room}:{_mark(room, kind)}" not in told:
                    await self._tell(room, kind, at)

    async def _tell(self, room: Room, kind: NoticeKind, at: float) -> None:
        show, name, mark = room.show, room.room, _mark(room, kind)
        while not (begins := await self._store.begin(show, name, mark, self._node)):
            if begins is None:
                return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        last = kind is not NoticeKind.SOON
        notice = self._notice(room, kind, at)
        body, done, told = encode_notice(notice), name if last else "", 0
        async for members in self._wanting(room, kind):
            may = [member for member in members if self._may_know(room, member)]
            for first in range(0, len(may), AT_ONCE):
                given = (
                    self._store.add(member, notice.notice, at, body, NOTICES_KEPT, done)
                    for member in may[first : first + AT_ONCE]
                )
                told += sum(await asyncio.gather(*given))
            if last:  # who gets no notice is not reminded any more either
                for member in set(members).difference(may):
                    await self._accounts.done(member, name)
            await self._store.go_on(show, name, mark, self._node)
        await self._store.finish(show, name, mark, last=last)
        if told:
            log.info("told of a room", room=name, kind=kind, accounts=told)

    def _notice(self, room: Room, kind: NoticeKind, at: float) -> NoticeView:
        host = person_view(room.host)
        return NoticeView(
            notice=f"{room.room}:{kind}",
            kind=kind,
            room=room.room,
            title=room.title,
            host=host.member,
            host_name=host.name,
            at=at,
            scheduled_for=room.scheduled_for,
            simulated=self._rooms.show(room.show).simulated,
        )

    def _may_know(self, room: Room, member: str) -> bool:
        """Whoever hosts knows it, and whoever is blocked cannot come in."""
        if member == room.host.member or member in room.blocked:
            return False
        return not self._blocklists.has(room, member)

    async def _wanting(self, room: Room, kind: NoticeKind) -> AsyncIterator[list[str]]:
        """Pages of the accounts that are to be told; some may come twice."""
        pages: list[_Page] = [partial(self._store.reminded, room.show, room.room)]
        if room.series is not None:
            pages.append(partial(self._store.followers_of_series, room.series))
        for page in pages:
            async for members in _pages(page):
                yield members
        if kind is NoticeKind.STARTED:
            many = 0
            async for members in _pages(partial(self._store.followers, room.host.member)):
                yield members
                many += len(members)
                if many >= FOLLOWERS_TOLD:
                    return


async def _pages(page: _Page) -> AsyncIterator[list[str]]:
    members, cursor = await page(0)
    yield members
    while cursor:
        members, cursor = await page(cursor)
        yield members


def _mark(room: Room, kind: NoticeKind) -> str:
    """What is done when all are told; a room that is scheduled anew begins soon once more."""
    if kind is NoticeKind.SOON:
        return f"{kind}-{room.scheduled_for:.0f}"
    return str(kind)


def _happened(room: Room) -> list[tuple[NoticeKind, float]]:
    """What there is to be told of a room as it stands, and when it happened."""
    found = []
    if room.opened_at is not None:
        found.append((NoticeKind.STARTED, room.opened_at))
    elif room.state is RoomState.CANCELED and room.over_at is not None:
        found.append((NoticeKind.CANCELED, room.over_at))
    elif room.told_soon and room.scheduled_for is not None:
        found.append((NoticeKind.SOON, room.scheduled_for - SOON_SECONDS))
    return found
