"""The bus: news of every show's logs and counts, and small messages, over Redis pub/sub.

One connection per process listens for everybody. Pub/sub forgets what nobody hears, so whenever a
subscription (re)starts, its listeners get a ``Resync``: from then on they miss nothing until the
next one. It carries no room rule, and nothing that must not be lost.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError, RedisError

from afterparty.store import keys, servers
from afterparty.store.inbox import Inbox, Resync, parse
from afterparty.store.link import Link
from afterparty.store.servers import Client, hearing

log = logging.getLogger(__name__)

PING_S = 2.5
"""Silence after which the connection is asked whether it is still there; twice that, it is not."""
BACKOFF_S = (0.05, 1.0)
"""First and longest pause before connecting again."""
MAX_PAYLOAD = 65_536
"""Most bytes in a small message."""


class Bus:
    """Publish, and listen on one shared connection; an async context manager owns its task."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis
        self._link = Link(redis)
        self._inboxes: dict[bytes, set[Inbox]] = {}
        self._confirmed: set[bytes] = set()
        self._wanted_changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="bus")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def publish(self, channel: str, payload: bytes) -> None:
        """Send a small message to whoever listens to ``channel`` (a show, or any other id).

        Raises StoreUnavailable; ValueError above ``MAX_PAYLOAD`` bytes.
        """
        if len(payload) > MAX_PAYLOAD:
            raise ValueError(f"a message of {len(payload)} bytes is too large for the bus")
        await self._link.command("PUBLISH", keys.channel(channel), b"T" + payload)

    @asynccontextmanager
    async def listen(self, channel: str, limit: int = 256) -> AsyncIterator[Inbox]:
        """Hear a channel. The first event is a ``Resync``, as soon as Redis listens for us.

        Does not wait for Redis, and does not fail while it is away. ``limit``: see ``Inbox``.
        """
        name = keys.channel(channel).encode()
        inbox = Inbox(limit)
        self._inboxes.setdefault(name, set()).add(inbox)
        if name in self._confirmed:
            inbox.put(Resync())
        self._wanted_changed.set()
        try:
            yield inbox
        finally:
            self._inboxes[name].discard(inbox)
            if not self._inboxes[name]:
                del self._inboxes[name]
                self._wanted_changed.set()

    def resync(self, channel: str) -> None:
        """Tell who listens here that something may have been missed, though the bus heard all."""
        for inbox in self._inboxes.get(keys.channel(channel).encode(), ()):
            inbox.put(Resync())

    async def _run(self) -> None:
        pause, longest = BACKOFF_S
        while True:
            connection = hearing(self._redis)
            try:
                async with asyncio.timeout(servers.ANSWER_S):
                    await connection.connect()  # type: ignore[no-untyped-call] # redis-py's gap
                pause = BACKOFF_S[0]
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._subscribe(connection))
                    tasks.create_task(self._hear(connection))
            except* (RedisError, OSError) as lost:
                log.warning("the bus has lost Redis: %r", lost.exceptions[0])
            finally:
                self._confirmed.clear()
                await connection.disconnect(nowait=True)
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest)

    async def _subscribe(self, connection: AbstractConnection) -> None:
        """Keep Redis' subscriptions equal to what is listened to, and the connection awake."""
        asked: set[bytes] = set()
        while True:
            self._wanted_changed.clear()
            wanted = set(self._inboxes)
            self._confirmed &= wanted
            for command, names in (("UNSUBSCRIBE", asked - wanted), ("SUBSCRIBE", wanted - asked)):
                if names:
                    await connection.send_command(command, *names, check_health=False)
            asked = wanted
            try:
                async with asyncio.timeout(PING_S):
                    await self._wanted_changed.wait()
            except TimeoutError:
                await connection.send_command("PING", check_health=False)

    async def _hear(self, connection: AbstractConnection) -> None:
        while True:
            answer = await connection.read_response(timeout=2 * PING_S)
            if answer is None:
                raise ConnectionError("no answer to a ping")
            kind, name, *rest = answer
            if kind == b"message":
                self._deliver(name, rest[0])
            elif kind == b"subscribe" and name in self._inboxes:
                self._confirmed.add(name)
                for inbox in self._inboxes[name]:
                    inbox.put(Resync())

    def _deliver(self, name: bytes, data: bytes) -> None:
        try:
            events = parse(data)
        except (ValueError, KeyError, TypeError):
            log.warning("a message on %s that is not ours is left aside", name.decode())
            return
        for inbox in self._inboxes.get(name, ()):
            for event in events:
                inbox.put(event)
