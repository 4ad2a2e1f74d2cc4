"""What accounts list, kept in step with rooms: whoever is blocked by an account is blocked in the
rooms that it hosts, and whoever a host blocks in a room is on the host's list.

The store has the lists; the rooms' part is the core's to decide. Reads no request.
"""

import asyncio
from dataclasses import replace

import structlog

from afterparty.core import commands as c
from afterparty.core.events import Event, MemberBlocked, MemberUnblocked
from afterparty.core.model import OVER, Person, Room, RoomState, Speak
from afterparty.node.abroad.news import BlocksChanged, News
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.tasks import Tasks, insist
from afterparty.node.live.rooms import Rooms
from afterparty.node.people.blocklists import Blocklists
from afterparty.node.people.whereabouts import place_holders
from afterparty.store.accounts import Accounts as Store
from afterparty.store.errors import StoreError
from afterparty.store.presence import Presence
from afterparty.wire.accounts import MeView

FOLLOWS_LIMIT = 5_000
"""Members that one account follows."""

BLOCKS_LIMIT = 1_000
"""Members that one account has blocked."""

REMINDERS_LIMIT = 200
"""Rooms of which one account is to be reminded."""

SERIES_FOLLOWED_LIMIT = 200
"""Series that one account follows."""

COMING_IN_SECONDS = 2.0
"""When to look again for somebody blocked who was coming in at that moment, by another node."""

log = structlog.get_logger()


class Accounts:
    """The accounts of this house. All methods raise ``StoreError`` if the store is away."""

    def __init__(
        self,
        store: Store,
        presence: Presence,
        rooms: Rooms,
        blocklists: Blocklists,
        news: News,
        tasks: Tasks,
    ) -> None:
        self._store, self._rooms, self._blocklists = store, rooms, blocklists
        self._presence, self._news, self._tasks = presence, news, tasks
        self._in_turn = asyncio.Lock()

    async def me(self, member: str) -> MeView:
        """All that an account has listed; of its reminders, those of rooms that have not begun."""
        lists = await self._store.lists(member)
        waiting = (name for name in lists.reminders if self._is_scheduled(name))
        return MeView(
            member=member,
            follows=sorted(lists.follows),
            blocks=sorted(lists.blocks),
            reminders=sorted(waiting),
            series=sorted(lists.series),
        )

    def _is_scheduled(self, name: str) -> bool:
        known = self._rooms.version(name) > 0
        return known and self._rooms.room(name).state is RoomState.SCHEDULED

    async def follow(self, member: str, other: str) -> None:
        """Follow a member. Raises ``Refused``: ``too_many_followed``, ``bad_request``."""
        if other == member:
            raise Refused("bad_request", "Nobody follows themselves.")
        try:
            await self._store.follow(member, other, FOLLOWS_LIMIT)
        except StoreError as error:
            raise _full(error, "too_many_followed", f"{FOLLOWS_LIMIT} members") from None

    async def unfollow(self, member: str, other: str) -> None:
        """Follow them no more."""
        await self._store.unfollow(member, other)

    async def follow_series(self, member: str, series: str) -> None:
        """Follow a series that there is. Raises ``Refused``: ``too_many_followed``."""
        try:
            await self._store.follow_series(member, series, SERIES_FOLLOWED_LIMIT)
        except StoreError as error:
            raise _full(error, "too_many_followed", f"{SERIES_FOLLOWED_LIMIT} series") from None

    async def unfollow_series(self, member: str, series: str) -> None:
        """Follow that series no more."""
        await self._store.unfollow_series(member, series)

    async def remind(self, member: str, room: Room) -> None:
        """Have an account told when a scheduled room begins.

        Raises ``Refused``: ``room_already_live``, ``room_over``, ``too_many_reminders``.
        """
        if room.state in OVER:
            raise Refused("room_over", "This room is over.")
        if room.state is not RoomState.SCHEDULED:
            raise Refused("room_already_live", "This room is live already.")
        try:
            await self._remind(member, room)
        except StoreError as error:
            raise _full(error, "too_many_reminders", f"{REMINDERS_LIMIT} rooms") from None

    async def _remind(self, member: str, room: Room) -> None:
        """A full list is rid of what is not scheduled any more, and tried once more."""
        try:
            await self._store.remind(member, room.show, room.room, REMINDERS_LIMIT)
        except StoreError as error:
            if error.code != "list_full":
                raise
            reminders = (await self._store.lists(member)).reminders
            for name in reminders:
                await self._news.find(room=name)
            over = [name for name in reminders if not self._is_scheduled(name)]
            await self._store.done(member, *over)
            await self._store.remind(member, room.show, room.room, REMINDERS_LIMIT)

    async def forget(self, member: str, room: Room) -> None:
        """Have them told of that room no more."""
        await self._store.forget(member, room.show, room.room)

    async def block(self, person: Person, other: str, *, in_rooms: bool = True) -> None:
        """Put a member on an account's list; with ``in_rooms`` also out of the rooms that it hosts.

        Raises ``Refused``: ``too_many_blocked``, ``bad_request``.
        """
        if other == person.member:
            raise Refused("bad_request", "Nobody blocks themselves.")
        try:
            await self._store.block(person.member, other, BLOCKS_LIMIT)
        except StoreError as error:
            raise _full(error, "too_many_blocked", f"{BLOCKS_LIMIT} members") from None
        await self._tell(person.member)
        if in_rooms:
            await self._put_out(person, other)
            work = self._look_again(person, other)
            self._tasks.spawn("put out who was coming in", work)

    async def unblock(self, person: Person, other: str, *, in_rooms: bool = True) -> None:
        """Take a member off the list; with ``in_rooms`` also let them into those rooms again."""
        await self._store.unblock(person.member, other)
        await self._tell(person.member)
        if in_rooms:
            for room in self._blocklists.hosted_by(person.member):
                await self._in_room(room, c.Unblock(person, other))

    async def _tell(self, member: str) -> None:
        await self._blocklists.read(member)
        await self._news.tell(BlocksChanged(member))

    async def _put_out(self, person: Person, other: str) -> None:
        """Block a member where they are or hold a place; elsewhere the list alone keeps the door.

        A room's log is read by anybody, and what an account lists is its own.
        """
        hosted = [self._rooms.room(name) for name in self._blocklists.hosted_by(person.member)]
        here: set[str] = set()
        for show in {room.show for room in hosted}:
            here |= await self._presence.where(show, other)
        for room in hosted:
            if room.room in here or other in place_holders(room):
                await self._in_room(room.room, c.Block(person, other))

    async def _look_again(self, person: Person, other: str) -> None:
        """Another node may let somebody in until it has heard of the list."""

        async def look() -> None:
            if other in await self._store.blocks(person.member):
                await self._put_out(person, other)

        await asyncio.sleep(COMING_IN_SECONDS)
        await insist("put out who was coming in", look)

    async def _in_room(self, room: str, command: c.Block | c.Unblock) -> None:
        try:
            await self._rooms.execute(room, command)
        except Refused as refusal:  # their list holds all the same
            log.info("a room keeps its own list", room=room, code=refusal.code)

    def on_event(self, room: Room, event: Event) -> None:
        """What a host's list has to follow. Each node does it, in order, so it ends the same."""
        if isinstance(event, MemberBlocked | MemberUnblocked) and event.by == room.host.member:
            work = self._keep_in_step(room.room, event.by, event.member)
            self._tasks.spawn("keep a block list in step", work)

    async def _keep_in_step(self, room: str, host: str, other: str) -> None:
        async with self._in_turn:
            await insist("keep a block list in step", lambda: self._follow_room(room, host, other))

    async def _follow_room(self, name: str, host: str, other: str) -> None:
        """Have the host's list say what the room says by now."""
        try:
            if other in self._rooms.room(name).blocked:
                changed = await self._store.block(host, other, BLOCKS_LIMIT)
            else:
                changed = await self._store.unblock(host, other)
        except StoreError as error:
            if error.code != "list_full":
                raise
            log.info("a block list is full", room=name)
            return
        # Whoever wrote it: that answer may have been lost, and with it the news.
        await self._blocklists.read(host)
        if changed:
            await self._news.tell(BlocksChanged(host))

    async def complete(self, room: str, command: c.Command) -> c.Command:
        """A command with what the core has to know of accounts to decide on it."""
        found = self._rooms.room(room)
        if not isinstance(command, c.RequestToSpeak) or found.speak is not Speak.FOLLOWED:
            return command
        followed = await self._store.follows(found.host.member, command.actor.member)
        return replace(command, followed=followed)


def _full(error: StoreError, code: str, what: str) -> Refused | StoreError:
    return Refused(code, f"At most {what}.") if error.code == "list_full" else error
