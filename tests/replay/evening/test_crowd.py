"""replay.evening.crowd: steps asked for in time, again where turned away, and written down."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from tests.replay.mimic import Mimic

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.replay.evening import crowd as module
from afterparty.replay.evening.crowd import Crowd
from afterparty.replay.evening.notebook import Notebook
from afterparty.replay.plan.audience import Fan, Inclination
from afterparty.replay.plan.visits import Visit
from afterparty.replay.verdict.record import Poll
from afterparty.wire.crowd import CrowdReply, CrowdStep
from afterparty.wire.views import CountsView

EARLY = Inclination.EARLY
ROOMS = {"first": "first-1", "second": "second-1"}


class Server(Api):
    """An API of which only the crowd's requests are answered, by a `Mimic`."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1")
        self.presence = Mimic("first-1", "second-1")
        self.asked: list[CrowdStep] = []
        self.refusals: list[ApiError] = []
        """To be given first, one after the other."""
        self.unheard: list[ApiError] = []
        """Likewise, to whoever asks for a room."""
        self.locked: set[str] = set()
        self.node = "n-1"
        self.handoff: Any = None
        self.answered = asyncio.Event()
        self.looked = asyncio.Event()

    async def crowd(self, show: str, step: CrowdStep) -> CrowdReply:
        """Refuse, or carry out."""
        assert show == "show-1"
        self.asked.append(step)
        await asyncio.sleep(0)
        self.answered.set()
        if self.refusals:
            raise self.refusals.pop(0)
        if self.locked & step.enter.keys():
            raise ApiError("locked", "The room is locked.", 403)
        return CrowdReply(
            at=time.time(), changed=self.presence.step(step), node=self.node, rooms={}
        )

    async def room(self, room: str) -> Any:
        """The handoff as it stands."""
        self.looked.set()
        if self.unheard:
            raise self.unheard.pop(0)
        return SimpleNamespace(room=SimpleNamespace(handoff=self.handoff))


def fan(number: int, *visits: Visit, inclined: Inclination = Inclination.FOLLOW) -> Fan:
    return Fan(f"fan-{number}", "part", anonymous=False, visits=visits, inclination=inclined,
               decides_after=0.5, simulated=True)  # fmt: skip


def comers(many: int, room: str = "first") -> list[Fan]:
    return [fan(number, Visit(room, 0.0, None)) for number in range(many)]


@pytest.fixture
def server() -> Server:
    return Server()


@contextlib.asynccontextmanager
async def going(server: Server, fans: Iterable[Fan]) -> AsyncIterator[Crowd]:
    """A crowd that does what is due."""
    book = Notebook({there: here for here, there in ROOMS.items()})
    crowd = Crowd(server, "show-1", ROOMS, fans, book)
    task = asyncio.create_task(crowd.attend())
    try:
        yield crowd
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.close()


async def asked_for(server: Server, steps: int) -> None:
    async with asyncio.timeout(20):
        while len(server.asked) < steps:
            server.answered.clear()
            await server.answered.wait()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_thousands_at_a_time_and_each_step_written_down(server: Server) -> None:
    async with going(server, comers(4500)) as crowd:
        await asked_for(server, 3)
        record = crowd.record()
    assert [len(step.enter["first-1"]) for step in server.asked] == [2000, 2000, 500]
    assert server.presence.counts() == {"first-1": 4500}
    assert [(step.came, step.changed) for step in record.steps] == [
        ({"first": 2000}, 2000),
        ({"first": 2000}, 2000),
        ({"first": 500}, 500),
    ]
    assert record.members == 4500


async def test_who_is_turned_away_comes_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.01)
    server.refusals = [
        ApiError("rate_limited", "Too many.", 429),
        ApiError("unreachable", "Nobody answers.", 0),
    ]
    async with going(server, comers(3)) as crowd:
        await asked_for(server, 3)
        record = crowd.record()
    assert server.presence.counts() == {"first-1": 3}
    [step] = record.steps
    assert step.came == {"first": 3}
    assert (step.answered or 0) - step.asked > 0.02, "from the first time it was asked for"
    assert record.turned_away == 2


async def test_a_room_that_refuses_does_not_hold_up_another(server: Server) -> None:
    server.locked = {"first-1"}
    fans = [fan(1, Visit("first", 0.0, None)), fan(2, Visit("second", 0.0, None))]
    async with going(server, fans) as crowd:
        await asked_for(server, 3)
        book, record = crowd.book, crowd.record()
    assert server.presence.counts() == {"second-1": 1}
    assert [(step.code, step.came) for step in record.steps] == [
        ("locked", {"first": 1}),
        ("", {"second": 1}),
    ]
    assert [(refusal.doing, refusal.code) for refusal in book.refusals] == [("crowd", "locked")]


async def test_a_handoff_by_its_real_times(server: Server) -> None:
    kinds = (Inclination.EARLY, Inclination.FOLLOW, Inclination.STAY, Inclination.LEAVE)
    fans = [fan(n, Visit("first", 0.0, None), inclined=kind) for n, kind in enumerate(kinds)]
    async with going(server, fans) as crowd:
        await asked_for(server, 1)
        server.presence.phase = "offered"
        server.handoff = SimpleNamespace(
            handoff="h", to_room="second-1", phase="offered", moves_at=crowd.book.epoch + 1.5
        )
        await crowd.offered("first")
        await asked_for(server, 2)
        assert server.presence.counts() == {"first-1": 2, "second-1": 1}
        server.presence.sweep(list(server.presence.where))
        server.handoff.phase = "closed"
        server.looked.clear()
        await asyncio.wait_for(server.looked.wait(), 20)
        await asyncio.sleep(0)
        record = crowd.record()
        await crowd.close()
    decided = server.asked[1]
    assert (decided.follow, decided.stay, decided.leave) == (["fan-0"], ["fan-2"], ["fan-3"])
    [move] = record.moves
    assert (move.handoff, move.room, move.to_room, move.members) == ("h", "first", "second", 1)
    assert server.asked[-1].leave == ["fan-0", "fan-1", "fan-2"]
    assert server.presence.where == {}


@pytest.mark.parametrize(("code", "heard"), [("unreachable", True), ("no_such_room", False)])
async def test_an_offer_is_heard_of_though_nobody_answers_at_first(
    server: Server, code: str, heard: bool
) -> None:
    async with going(server, [fan(1, Visit("first", 0.0, None), inclined=EARLY)]) as crowd:
        await asked_for(server, 1)
        server.presence.phase = "offered"
        server.handoff = SimpleNamespace(
            handoff="h", to_room="second-1", phase="offered", moves_at=crowd.book.epoch + 3
        )
        server.unheard = [ApiError(code, "It was not told.", 0)]
        await crowd.offered("first")
        if heard:
            await asked_for(server, 2)
    assert server.presence.counts() == {"second-1" if heard else "first-1": 1}
    assert [one.code for one in crowd.book.refusals] == ([] if heard else [code])


async def test_who_is_in_a_room_that_is_over_is_not_sent_home(server: Server) -> None:
    async with going(server, comers(2)) as crowd:
        await asked_for(server, 1)
        crowd.over("first")
        await crowd.close()
    assert len(server.asked) == 1


async def test_without_anybody_nothing_is_asked(server: Server) -> None:
    async with going(server, ()) as crowd:
        await crowd.offered("first")
        await crowd.close()
        assert len(crowd) == 0
    assert server.asked == []


async def test_whom_a_node_took_along_comes_again(server: Server) -> None:
    async with going(server, comers(2500)) as crowd:
        await asked_for(server, 2)
        server.presence.where.clear()
        server.node = "n-2"
        now = crowd.book.now()
        nobody = CountsView(participants=0, listeners=0, peak=0, tuned_in=0, simulated=0)
        crowd.book.polled(Poll(now, now, {"first": nobody, "second": nobody}, {}))
        await asked_for(server, 4)
        record = crowd.record()
    assert server.presence.counts() == {"first-1": 2500}
    assert [len(step.enter["first-1"]) for step in server.asked] == [2000, 500, 2000, 500]
    assert [(lost.nodes, lost.rooms) for lost in record.lost] == [(("n-1",), {"first": 2500})]
    assert [step.node for step in record.steps] == ["n-1", "n-1", "n-2", "n-2"]


class Slow(Server):
    """A server that carries out what is asked for first, and does not answer."""

    async def crowd(self, show: str, step: CrowdStep) -> CrowdReply:
        """Carry out."""
        reply = await super().crowd(show, step)
        if len(self.asked) == 1:
            await asyncio.Event().wait()
        return reply


async def test_who_was_asked_for_and_not_answered_for_goes_home_too() -> None:
    server = Slow()
    async with going(server, comers(3)) as crowd:
        await asked_for(server, 1)
        assert server.presence.counts() == {"first-1": 3}
    await crowd.close()
    assert server.presence.counts() == {}
