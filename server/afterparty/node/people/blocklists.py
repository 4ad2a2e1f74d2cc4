"""Whom the hosts of rooms that are not over have blocked, at hand on this node.

People come in hundreds a second, and each is looked up; so the lists are kept here, from when a
room is known until its host has none that is not over. The store has the truth: other nodes tell
when a list has changed, and all are read again when something may have been missed.
"""

import itertools
from collections.abc import Sequence

from afterparty.core.events import (
    Event,
    HostChanged,
    RoomCanceled,
    RoomCreated,
    RoomEnded,
    RoomTimedOut,
)
from afterparty.core.model import OVER, Room
from afterparty.node.ground.tasks import Tasks, insist
from afterparty.node.live.rooms import Rooms
from afterparty.store.accounts import Accounts

_CHANGES_WHO_HOSTS = (RoomCreated, HostChanged, RoomEnded, RoomCanceled, RoomTimedOut)


class Blocklists:
    """The lists that this node needs, by account."""

    def __init__(self, store: Accounts, rooms: Rooms, tasks: Tasks) -> None:
        self._store, self._rooms, self._tasks = store, rooms, tasks
        self._lists: dict[str, frozenset[str]] = {}
        self._as_of: dict[str, int] = {}
        self._asked = itertools.count(1)
        self._host_of: dict[str, str] = {}
        self._hosted: dict[str, set[str]] = {}

    def has(self, room: Room, member: str) -> bool:
        """Whether the room's host has blocked a member; see ``ready``."""
        return member in self.of(room)

    def of(self, room: Room) -> frozenset[str]:
        """Whom the room's host has blocked, as far as it is known here."""
        return self._lists.get(room.host.member, frozenset())

    def hosted_by(self, account: str) -> list[str]:
        """The rooms that an account hosts and that are not over."""
        return sorted(self._hosted.get(account, ()))

    async def ready(self, name: str) -> None:
        """Have the list of a room's host at hand, before somebody is let into the room.

        Raises:
            Refused: ``no_such_room``.
            StoreError: the store is away, and the list is not here.
        """
        room = self._rooms.room(name)
        self._note(room)  # its log may have been folded anew, and have another host
        if room.state not in OVER and room.host.member not in self._lists:
            await self.read(room.host.member)

    async def read(self, host: str) -> None:
        """Read an account's list anew, if it is needed here. Raises ``StoreError``."""
        if host not in self._hosted:
            return
        asked = next(self._asked)
        found = await self._store.blocks(host)
        later = asked > self._as_of.get(host, 0)  # else the answer to a later question was faster
        if later and host in self._hosted:
            self._lists[host], self._as_of[host] = found, asked

    def changed(self, account: str) -> None:
        """Somebody's list is another one now: read it again, if it is needed here."""
        if account in self._hosted:
            self._begin([account])

    def refresh(self) -> None:
        """Something may have been missed: read all that is needed here again."""
        self._begin(list(self._hosted))

    def recover(self) -> None:
        """Read what the rooms need that were there when this node began."""
        for room in self._rooms.all():
            self._note(room)
        self.refresh()

    def on_event(self, room: Room, event: Event) -> None:
        """A room is new, over, or somebody else's."""
        if isinstance(event, _CHANGES_WHO_HOSTS):
            host = self._note(room)
            if host is not None and host not in self._lists:
                self._begin([host])

    def _note(self, room: Room) -> str | None:
        """Keep who hosts what; the room's host, if they were not noted as that."""
        name = room.room
        host = None if room.state in OVER else room.host.member
        before = self._host_of.get(name)
        if host == before:
            return None
        if before is not None:
            self._hosted[before].discard(name)
            if not self._hosted[before]:
                for table in (self._hosted, self._lists, self._as_of):
                    table.pop(before, None)
        if host is None:
            self._host_of.pop(name, None)
        else:
            self._host_of[name] = host
            self._hosted.setdefault(host, set()).add(name)
        return host

    def _begin(self, hosts: Sequence[str]) -> None:
        if hosts:
            name = "read block lists"
            self._tasks.spawn(name, insist(name, lambda: self._read_all(hosts)))

    async def _read_all(self, hosts: Sequence[str]) -> None:
        for host in hosts:
            await self.read(host)
