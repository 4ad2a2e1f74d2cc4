"""Ten thousand reactions a second into one room: what each listener is told, and what it costs.

Two runs, as one small machine cannot hold both at once. *Ten thousand listeners* are connections of
a node in this process whose outbox somebody empties, without a socket behind it: the gathering, the
bus and the telling alone. *Real sockets* are fewer: a server process, and members in another one
who react over their own WebSocket as fast as a member may. Sums are compared with what was taken.
"""

import asyncio
import gc
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from urllib.parse import urlsplit

from afterparty.core import commands as c
from afterparty.core.model import Person, RoomKind, Show
from afterparty.node.access.keyring import Keyring
from afterparty.node.access.tokens import Bearer, TokenMint
from afterparty.node.ground.settings import Settings
from afterparty.node.live.connection import Connection
from afterparty.node.node import Node
from afterparty.node.opening import open_node
from bench.child import asked, beside
from bench.crowd import Holds
from bench.evening import open_evening
from bench.figures import Figure
from bench.server import running_server

LISTENERS, SOCKETS = 10_000, 2_000
A_SECOND = 10_000
"""Reactions."""

EACH = 5
"""Reactions a second that one member may send."""

SECONDS = 8.0
SLICE_SECONDS = 0.01
SETTLE_SECONDS = 2.0
"""For what is on its way in the end."""

ANSWER_SECONDS = 120.0
JOINS_AT_ONCE = 50
SUMMED_EVERY = 50
"""One real socket in so many adds up what it is told; all count their messages."""

SECRET = "a-key-for-one-benchmark-and-no-other-use"
HOST = Person("host", "host", "Host")
REACTION = "💯"
TOLD, TAKEN = b'{"type":"reactions"', b'{"type":"ok"'


async def run(quick: bool) -> list[Figure]:
    """Measure both."""
    if quick:
        return [*await _gathered(50, 500, 1.0), *await _over_sockets(20, 1.0)]
    return [
        *await _gathered(LISTENERS, A_SECOND, SECONDS),
        *await _over_sockets(SOCKETS, SECONDS),
    ]


# A node in this process, and listeners without sockets.


@asynccontextmanager
async def _room() -> AsyncIterator[Node]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_node(Settings(data=Path(folder), dev=True)) as node:
            await node.create_show(Show("show", "A benchmark", True, created_by=HOST.member))
            await node.rooms.create_room(c.CreateRoom(HOST, "room", "show", RoomKind.SPACE, "room"))
            await node.rooms.execute("room", c.OpenRoom(HOST))
            yield node


async def _empty(connection: Connection, told: list[str]) -> None:
    while (texts := await connection.outbox.next()) is not None:
        told += (text for text in texts if text.startswith(TOLD.decode()))


async def _gathered(listeners: int, a_second: int, seconds: float) -> list[Figure]:
    async with _room() as node, asyncio.TaskGroup() as tasks:
        everybody: list[list[str]] = []
        emptying: list[asyncio.Task[None]] = []
        for number in range(listeners):
            name = f"m{number}"
            connection = Connection(name, Bearer(Person(name)), "room", "show")
            node.hub.add(connection)
            everybody.append([])
            emptying.append(tasks.create_task(_empty(connection, everybody[-1])))
        await asyncio.sleep(SETTLE_SECONDS)
        gc.freeze()  # as a node does when its audience has grown
        holds = Holds()
        emptying.append(tasks.create_task(holds.watch()))
        cpu, began, sent = time.process_time(), time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            while sent < passed * a_second:
                node.reactions.add("show", "room", f"m{sent % listeners}", REACTION)
                sent += 1
            await asyncio.sleep(SLICE_SECONDS)
        took = time.monotonic() - began
        cpu = time.process_time() - cpu
        await asyncio.sleep(SETTLE_SECONDS)
        for task in emptying:
            task.cancel()
    told = [len(texts) for texts in everybody]
    if {_sum(texts) for texts in (everybody[0], everybody[-1])} != {sent}:
        raise RuntimeError("the sums that were told are not what was sent")
    note = f"{listeners:,} listeners without sockets"
    return [
        Figure("reactions a second", sent / took, "/s", note),
        Figure("messages a listener and second, most", max(told) / took, "/s", note),
        Figure("of which bytes, the longest", max(map(len, everybody[0])), "", "characters"),
        Figure("the node, gathering and telling", cpu / took * 100, "%", "of a core; " + note),
        Figure("longest hold of the event loop", holds.cpu * 1e3, "ms", "CPU of its thread"),
    ]


def _sum(texts: list[str]) -> int:
    messages = (json.loads(text) for text in texts)
    return sum(times for message in messages for _, _, times in message["reactions"])


# A server process, and members with sockets.


async def _over_sockets(count: int, seconds: float) -> list[Figure]:
    with running_server(SECRET=SECRET) as server:
        async with (
            open_evening(server.url) as evening,
            beside(members, server.url, evening.first, count, seconds) as ask,
        ):
            before = server.usage()
            found = await ask("go")
            after = server.usage()
    if found["sums"] != [found["taken"]]:
        raise RuntimeError(f"{found['sums']} were told, and {found['taken']} taken")
    note = f"{count:,} sockets, the members on the other core"
    took = found["seconds"]
    cpu = (after.node_cpu - before.node_cpu) / took
    return [
        Figure("sockets: reactions taken a second", found["taken"] / took, "/s", note),
        Figure("sockets: reactions refused", found["refused"], "", f"more than {EACH} a second"),
        Figure("sockets: messages a listener and second, most", found["most"] / took, "/s", note),
        Figure("sockets: the same, fewest", found["fewest"] / took, "/s", note),
        Figure("sockets: the node, everything it does", cpu * 100, "%", "of a core"),
        Figure(
            "sockets: CPU of the node a reaction",
            cpu * took / found["taken"] * 1e6,
            "µs",
            "taken, answered, and told to everybody",
        ),
    ]


class _Member(asyncio.Protocol):
    """A WebSocket (RFC 6455) of the least possible: says hello, reacts, counts what it is told."""

    def __init__(self, host: str, hello: str, adds_up: bool) -> None:
        self._host, self._hello, self._adds_up = host, hello, adds_up
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._open = self.lost = False
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.told = self.taken = self.refused = self.sum = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        lines = ("GET /v1/ws HTTP/1.1", f"Host: {self._host}", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", "", "")  # fmt: skip
        transport.write("\r\n".join(lines).encode())

    def say(self, payload: bytes, opcode: int = 1) -> None:
        """Send a frame; a mask of zeros leaves it as it is."""
        length = bytes([0x80 | len(payload)]) if len(payload) < 126 else (
            b"\xfe" + len(payload).to_bytes(2)
        )  # fmt: skip
        if self._transport is not None:
            self._transport.write(bytes([0x80 | opcode]) + length + bytes(4) + payload)

    def react(self) -> None:
        """Send one reaction."""
        self.say(f'{{"type":"react","ref":1,"reaction":"{REACTION}"}}'.encode())

    def close(self) -> None:
        """Go without a word."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self.lost = True

    def data_received(self, data: bytes) -> None:
        """Take whole frames."""
        self._buffer += data
        if not self._open:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(f"no WebSocket: {head[:60]!r}")
            self._open, self._buffer = True, rest
            self.say(self._hello.encode())
        at = 0
        while len(self._buffer) >= at + 2:
            size, start = self._buffer[at + 1], at + 2
            if size >= 126:
                start += 2 if size == 126 else 8
                size = int.from_bytes(self._buffer[at + 2 : start])
            if len(self._buffer) < start + size:
                break
            self._take(self._buffer[at] & 15, self._buffer[start : start + size])
            at = start + size
        del self._buffer[:at]

    def _take(self, opcode: int, payload: bytearray) -> None:
        if opcode == 9:
            self.say(bytes(payload), 10)
        elif payload.startswith(TOLD):
            self.told += 1
            if self._adds_up:
                self.sum += sum(times for *_, times in json.loads(payload)["reactions"])
        elif payload.startswith(TAKEN):
            self.taken += 1
        elif payload.startswith(b'{"type":"refused"'):
            self.refused += 1
        elif payload.startswith(b'{"type":"welcome"') and not self.welcomed.done():
            self.welcomed.set_result(None)


async def members(pipe: Pipe, url: str, room: str, count: int, seconds: float) -> None:
    """Child process: members who all come in; asked anything, they react and tell what came."""
    mint, address = TokenMint(Keyring([SECRET])), urlsplit(url)
    loop = asyncio.get_running_loop()
    everybody: list[_Member] = []
    for first in range(0, count, JOINS_AT_ONCE):
        some: list[_Member] = []
        for number in range(first, min(count, first + JOINS_AT_ONCE)):
            token, _ = mint.mint(Person(f"m{number}", f"m{number}"), seconds=3600)
            hello = json.dumps({"type": "hello", "token": token, "room": room})
            member = _Member(address.netloc, hello, number % SUMMED_EVERY == 0)
            await loop.create_connection(lambda it=member: it, address.hostname, address.port)
            some.append(member)
        async with asyncio.timeout(ANSWER_SECONDS):
            await asyncio.gather(*(member.welcomed for member in some))
        everybody += some
    pipe.send("here")
    async for _ in asked(pipe):
        pipe.send(await _react(everybody, seconds))
    for member in everybody:
        member.close()


async def _react(everybody: list[_Member], seconds: float) -> dict[str, object]:
    began, sent = time.monotonic(), 0
    a_second = len(everybody) * EACH
    while (passed := time.monotonic() - began) < seconds:
        while sent < passed * a_second:
            everybody[sent % len(everybody)].react()
            sent += 1
        await asyncio.sleep(SLICE_SECONDS)
    async with asyncio.timeout(ANSWER_SECONDS):
        while sum(member.taken + member.refused for member in everybody) < sent:
            if any(member.lost for member in everybody):
                raise RuntimeError("a socket was lost")
            await asyncio.sleep(SLICE_SECONDS)
    took = time.monotonic() - began
    told = [member.told for member in everybody]
    taken = sum(member.taken for member in everybody)
    adding = everybody[::SUMMED_EVERY]
    async with asyncio.timeout(ANSWER_SECONDS):
        while any(member.sum < taken for member in adding):  # noqa: ASYNC110 - likewise
            await asyncio.sleep(SLICE_SECONDS)
    await asyncio.sleep(SETTLE_SECONDS)
    return {
        "seconds": took,
        "taken": taken,
        "refused": sum(member.refused for member in everybody),
        "most": max(told),
        "fewest": min(told),
        "sums": sorted({member.sum for member in adding}),
    }
