"""Several nodes and one store as real processes, two rooms, and an audience whose truth is known.

The supervisor of ``afterparty serve --nodes`` starts a node that was killed again; the store is a
process of the test's own, so that it can be stopped and killed as well.
"""

import asyncio
import contextlib
import os
import random
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from bench.evening import for_each
from tests.e2e.conftest import ROOT, tone

from afterparty.client.api import Api
from afterparty.client.errors import ClientError
from afterparty.client.mouth import Mouth
from afterparty.client.peer import Peer
from afterparty.client.rtp import RtpPacket
from afterparty.client.session import Session
from afterparty.store import keys
from afterparty.store.connect import client
from afterparty.store.embedded import EmbeddedStore
from afterparty.wire.bodies import CreateRoom, CreateShow

T = TypeVar("T")

SHOW = "party"
ROOMS = ("pre", "post")
POLL_SECONDS = 0.1
PATIENCE_SECONDS = 40.0
"""Until something that has no limit of its own counts as never."""

SEED = int(os.environ.get("AFTERPARTY_CHAOS_SEED", "20210609"))
"""What chance begins with; printed when a test fails, and the same again gives the same faults."""

LISTENERS = int(os.environ.get("AFTERPARTY_CHAOS_LISTENERS", "500"))


@dataclass
class Poll:
    """What one node said of the counts."""

    at: float
    rooms: dict[str, int]

    @property
    def total(self) -> int:
        """Members in both rooms."""
        return sum(self.rooms.values())


class Listener:
    """An ear that knows when it heard anything, and when somebody's voice, last."""

    def __init__(self) -> None:
        self.any_at = self.voice_at = self.gap = 0.0

    def hear(self, packet: RtpPacket) -> None:
        """Take one packet."""
        self.any_at = time.monotonic()
        if packet.csrcs:
            if self.voice_at:
                self.gap = max(self.gap, self.any_at - self.voice_at)
            self.voice_at = self.any_at


@dataclass
class Party:
    """Nodes by number, and who is there by member."""

    store: EmbeddedStore
    supervisor: asyncio.subprocess.Process
    chance: random.Random
    stack: AsyncExitStack
    urls: dict[int, str] = field(default_factory=dict)
    pids: dict[int, int] = field(default_factory=dict)
    ports: dict[int, int] = field(default_factory=dict)
    """UDP ports."""
    ears: dict[str, Listener] = field(default_factory=dict)
    redis_url: str = ""
    here: dict[str, Session] = field(default_factory=dict)
    polls: list[Poll] = field(default_factory=list)
    token: str = ""
    """The host's."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    # Nodes.

    async def read(self) -> None:
        """Learn where nodes are, and of which process, until there is nothing more to read."""
        assert self.supervisor.stdout is not None
        pattern = (
            r"Afterparty is at (\S+) \(sound on UDP port (\d+)\), node (\d+) of \d+, process (\d+)"
        )
        async for line in self.supervisor.stdout:
            found = re.match(pattern, line.decode())
            if found:
                number = int(found[3])
                self.urls[number], self.ports[number] = found[1], int(found[2])
                self.pids[number] = int(found[4])
            self._news.set()

    async def nodes(self, ready: Callable[[], bool]) -> None:
        """Wait for news of the nodes that make it so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not ready():
                self._news.clear()
                await self._news.wait()

    def signal(self, number: int, what: signal.Signals) -> None:
        """Send a node a signal."""
        os.kill(self.pids[number], what)

    def kill(self, number: int) -> float:
        """SIGKILL a node; when that was, monotonic. It is started again by itself."""
        self.signal(number, signal.SIGKILL)
        return time.monotonic()

    async def again(self, number: int, pid: int) -> None:
        """Wait until a node that was process ``pid`` is another."""
        await self.nodes(lambda: self.pids[number] != pid)

    # Requests, by whichever node answers.

    async def ask(self, work: Callable[[Api], Awaitable[T]], token: str | None = None) -> T:
        """Ask the nodes in turn until one answers; what it refuses is raised."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for url in self.chance.sample(list(self.urls.values()), len(self.urls)):
                    async with Api(url, token or self.token or None) as api:
                        try:
                            async with asyncio.timeout(3.0):
                                return await work(api)
                        except TimeoutError:
                            continue
                        except ClientError as error:
                            if error.code not in ("unreachable", "store_unavailable", "not_ready",
                                                  "shutting_down"):  # fmt: skip
                                raise
                await asyncio.sleep(POLL_SECONDS)

    async def command(self, room: str, type_: str, **fields: Any) -> None:
        """The host does something."""
        await self.ask(lambda api: api.command(room, type_, **fields))

    async def poll(self) -> Poll:
        """Ask for the counts of both rooms at one instant."""
        found = await self.ask(lambda api: api.counts(SHOW))
        poll = Poll(time.monotonic(), {room: found.rooms[room].participants for room in ROOMS})
        self.polls.append(poll)
        return poll

    async def watch(self) -> None:
        """Poll until cancelled."""
        while True:
            await self.poll()
            await asyncio.sleep(POLL_SECONDS)

    # Members.

    async def come(self, many: int, room: str, *, sound: bool = True) -> None:
        """Let somebody new in, spread over the nodes."""

        async def one(number: int) -> None:
            token = (await self.ask(lambda api: api.token())).token
            await self.ask(lambda api: self.enter(api.base_url, token, room, sound=sound))

        await for_each(range(many), one)

    async def enter(self, url: str, token: str, room: str, *, sound: bool = True) -> Session:
        """Let somebody in at a node."""
        session = await self.stack.enter_async_context(await Session.join(url, token, room))
        self.here[session.member] = session
        ear = self.ears[session.member] = Listener()
        if sound:
            await session.listen(lambda: Peer(ear=ear))
        return session

    async def speaker(self, number: int, handle: str, hertz: float) -> Session:
        """Somebody with a seat speaks on and on from a node, in whichever room they are."""
        token = (await self.ask(lambda api: api.token(handle))).token
        session = await self.enter(self.urls[number], token, "pre")
        talking = asyncio.create_task(_talk(session, hertz))
        self.stack.push_async_callback(_end, talking)
        return session

    async def go(self, members: Sequence[str]) -> None:
        """Let somebody leave."""

        async def leave(member: str) -> None:
            session = self.here.pop(member)
            with contextlib.suppress(ClientError):
                await session.leave()
            await session.close()

        await for_each(members, leave)

    async def vanish(self, members: Sequence[str]) -> None:
        """Let somebody be gone whose node was killed: no word of theirs reaches any other."""
        for member in members:
            await self.here.pop(member).close()

    def of_node(self, number: int) -> list[str]:
        """Whoever is connected to a node."""
        url = self.urls[number]
        return sorted(member for member, session in self.here.items() if session.url == url)

    async def exact(self, seconds: float, since: float) -> float:
        """Wait until the counts are the truth, and the roll; the seconds that took since then.

        Raises AssertionError if that takes longer than ``seconds``.
        """
        return await self._until(self._miscounted, seconds, since)

    async def settled(self, seconds: float, since: float) -> float:
        """Wait until everybody is back, is where the store has them, and hears something.

        Raises AssertionError if that takes longer than ``seconds``.
        """
        return await self._until(self._unsettled, seconds, since)

    async def _until(
        self, wrong: Callable[[Poll, dict[str, str]], str], seconds: float, since: float
    ) -> float:
        while True:
            began = time.monotonic()
            poll, roll = await self.poll(), await self.ask(lambda api: api.members(SHOW))
            stored = {
                member: name for name, room in roll.rooms.items() for member in room.members or ()
            }
            found = wrong(poll, stored)
            if not found:
                return began - since
            assert began - since <= seconds, f"after {began - since:.1f} s: {found}"
            await asyncio.sleep(POLL_SECONDS)

    def _miscounted(self, poll: Poll, stored: dict[str, str]) -> str:
        if poll.total != len(self.here):
            return f"{poll.rooms} are counted, and {len(self.here)} are here"
        differ = stored.keys() ^ self.here.keys()
        return f"{len(differ)} are in the store or here, and not in both" if differ else ""

    def _unsettled(self, poll: Poll, stored: dict[str, str]) -> str:
        away = [session.state for session in self.here.values() if session.state != "joined"]
        if away:
            return f"{len(away)} are not back: {sorted(set(away))}"
        believed = {member: session.room.room for member, session in self.here.items()}
        astray = [member for member, room in believed.items() if stored.get(member) != room]
        if astray:
            return f"{len(astray)} believe to be in another room"
        silent = self.silent()
        return f"{len(silent)} hear nothing" if silent else ""

    def never_more(self, than: int, since: float) -> None:
        """At no poll since then was anybody counted twice."""
        over = [poll for poll in self.polls if poll.at >= since and poll.total > than]
        assert not over, f"{over[0].rooms} were counted when {than} were here"

    # Sound.

    def silent(self) -> list[str]:
        """Whoever has had no packet for a second."""
        now = time.monotonic()
        return [member for member in self.here if self.ears[member].any_at < now - 1.0]

    async def hearing(self, members: Collection[str]) -> None:
        """Wait until all of them but the singer hear somebody."""
        await self.heard_since(set(members) - {"singer"}, 0.0)

    async def heard_since(self, members: Collection[str], until: float) -> None:
        """Wait until all of them have heard somebody after that moment, monotonic."""
        await until_so(lambda: all(self.ears[m].voice_at > until for m in members))

    def mark(self) -> None:
        """Measure gaps from now on."""
        for ear in self.ears.values():
            ear.gap = 0.0

    def gaps(self, members: Collection[str]) -> list[float]:
        """For each of them the longest time without anybody's voice since the mark, seconds."""
        now = time.monotonic()
        return [max(ear.gap, now - ear.voice_at) for ear in map(self.ears.__getitem__, members)]

    # Who mixes.

    async def epoch(self, room: str) -> int:
        """How often the room's mixing node has changed."""
        return int((await self._lead(room))[2])

    async def mixing(self, room: str) -> int:
        """The node that mixes the room, by its number."""
        port = int((await self._lead(room))[1].rpartition(":")[2])
        return next(number for number, own in self.ports.items() if own == port)

    async def _lead(self, room: str) -> list[str]:
        async with client(self.redis_url) as redis:
            line: bytes = await redis.execute_command("HGET", f"{keys.root(SHOW)}:leads", room)
            return line.decode().split(" ")

    async def mixed(self) -> int:
        """Rooms that nodes mix, summed over all of them."""
        found = 0
        async with httpx.AsyncClient(trust_env=False) as http:
            for url in self.urls.values():
                text = (await http.get(f"{url}/metrics")).text
                lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
                found += sum(float(v) for k, v in lines if k == "afterparty_rooms_mixed")
        return int(found)


async def until_so(true: Callable[[], bool]) -> None:
    """Wait for something that nobody tells of."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(POLL_SECONDS)


async def _talk(session: Session, hertz: float) -> None:
    """Speak whenever there is a seat and a connection to speak by."""
    mouth, sound = Mouth(), tone(hertz, 10)
    while True:
        peer = session.peer
        if peer is None or not peer.connected.is_set() or peer.gone.is_set():
            await session.until(lambda s: s.peer is not None)
            await asyncio.sleep(POLL_SECONDS)
            continue
        with contextlib.suppress(ClientError):
            muted = [s.muted for s in session.room.seats if s.member == session.member]
            if muted == [True] and session.state == "joined":
                await session.command("unmute")
        await mouth.say(peer, sound)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def open_party(folder: Path, nodes: int = 3, **settings: str) -> AsyncIterator[Party]:
    """Start the store and the nodes, and open two rooms with ``host`` and ``singer`` on stage."""
    print(f"the seed is {SEED}: AFTERPARTY_CHAOS_SEED={SEED} for the same again")
    async with AsyncExitStack() as stack:
        store = EmbeddedStore(folder / "redis")
        stack.push_async_callback(store.stop)
        url = await store.start()
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AFTERPARTY_")},
            "PYTHONPATH": str(ROOT / "server"),
            "PYTHONUNBUFFERED": "1",
            "AFTERPARTY_REDIS_URL": url,
            "AFTERPARTY_LANE": "120",
            **{f"AFTERPARTY_{name.upper()}": value for name, value in settings.items()},
        }
        log = stack.enter_context((folder / "nodes.log").open("ab"))
        supervisor = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "afterparty", "serve", "--dev", "--nodes", str(nodes)),
            *("--port", "0", "--data", str(folder / "data")),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=environment,
        )
        stack.push_async_callback(_stop, supervisor)
        clients = await stack.enter_async_context(AsyncExitStack())
        party = Party(store, supervisor, random.Random(SEED), clients, redis_url=url)
        reading = asyncio.create_task(party.read())
        stack.push_async_callback(_end, reading)
        await party.nodes(lambda: len(party.pids) == nodes)
        grants = ["host", "simulate", "admin"]
        party.token = (await party.ask(lambda api: api.token("host", grants=grants))).token
        show = CreateShow(show=SHOW, title="A party", simulated=True)
        await party.ask(lambda api: api.create_show(show))
        for room in ROOMS:
            body = {"room": room, "kind": "space", "title": room, "stage": [{"member": "singer"}]}
            made = CreateRoom.model_validate(body)
            await party.ask(lambda api, made=made: api.create_room(SHOW, made))
            await party.command(room, "open")
        try:
            yield party
        except BaseException:
            print((folder / "nodes.log").read_text()[-6000:])
            raise
        finally:
            await asyncio.gather(*(session.close() for session in party.here.values()))


async def _stop(process: asyncio.subprocess.Process) -> None:
    for what in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
        if process.returncode is None:
            process.send_signal(what)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10.0):
                    await process.wait()
