"""Long answers leave time for everything else, and are what short ones would be."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.node.conftest import HOST, House, open_house

from afterparty.client.api import Api
from afterparty.core import commands as c
from afterparty.core.model import Role, RoomKind, Show
from afterparty.core.records import Appearance, Entry, RecordKind
from afterparty.node.doors.app import create_app
from afterparty.node.doors.routes import seasons as routes
from afterparty.node.ground.pieces import ANSWERS_KEPT, PIECE, Answers, gently, listed
from afterparty.node.ground.settings import Settings
from afterparty.node.live import rooms
from afterparty.wire.bodies import EventList
from afterparty.wire.seasons import CreateSeason, season_of


class Turns:
    """How much is done of something between two turns of the event loop."""

    def __init__(self) -> None:
        self.most = self._now = 0

    def step(self) -> None:
        """Something was done."""
        self._now += 1
        self.most = max(self.most, self._now)

    async def watch(self) -> None:
        """Take every turn, until cancelled."""
        while True:
            self._now = 0
            await asyncio.sleep(0)


def counted(turns: Turns, work: Callable[..., Any]) -> Callable[..., Any]:
    """The work, counted."""

    def step(*args: Any) -> Any:
        turns.step()
        return work(*args)

    return step


async def test_an_answer_is_whole_and_made_a_piece_at_a_time() -> None:
    turns = Turns()
    watching = asyncio.create_task(turns.watch())
    empty = EventList(room="r", events=[])
    for length in (0, 1, 10 * PIECE + 1):
        items = [{"number": n, "type": "line_said"} for n in range(length)]
        answer = await listed(empty, items, counted(turns, json.dumps))
        assert json.loads(answer.body) == {"room": "r", "events": items}
        await asyncio.sleep(0)
    watching.cancel()
    assert 0 < turns.most <= PIECE
    assert [n async for n in gently(range(3 * PIECE))] == list(range(3 * PIECE))


async def test_answers_are_made_one_at_a_time_and_given_again_while_they_are_true() -> None:
    answers: Answers[int] = Answers()
    making = most = made = 0

    async def make() -> int:
        nonlocal making, most, made
        making += 1
        most = max(most, making)
        await asyncio.sleep(0)
        making -= 1
        made += 1
        return made

    book = object()
    asked = [answers.give(n % 3, book, make) for n in range(9)]
    assert await asyncio.gather(*asked) == [1, 2, 3] * 3
    assert most == 1
    assert await answers.give(0, object(), make) == 4, "another book"
    assert await answers.give(9, book, make, 0.0) == 5
    assert await answers.give(9, book, make) == 6, "that was over"
    for n in range(ANSWERS_KEPT):
        await answers.give(("many", n), book, make)
    before = made
    assert await answers.give(1, book, make) == before + 1, "forgotten for others"


async def test_a_failed_answer_is_made_anew() -> None:
    answers: Answers[int] = Answers()

    async def fail() -> int:
        raise ZeroDivisionError

    async def make() -> int:
        return 1

    with pytest.raises(ZeroDivisionError):
        await answers.give("a", answers, fail)
    assert await answers.give("a", answers, make) == 1


async def test_the_book_of_a_season_is_read_a_piece_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many ask at once, it is one era or one rule between two turns."""
    eras = [{"era": f"e{n}", "title": "E"} for n in range(8)]
    rules = [
        {"first": f"f{n}", "title": "F", "role": "host", "kind": "space", "series": n % 2 == 1}
        for n in range(16)
    ]
    body = {"season": "long", "title": "T", "since": 0.0, "until": 9.0}
    form = CreateSeason.model_validate(body | {"eras": eras, "firsts": rules})
    stage = (Appearance("ann", "Ann", Role.HOST, (), 2.0),)
    ruled, eras_read = Turns(), Turns()
    monkeypatch.setattr(routes, "earliest", counted(ruled, routes.earliest))
    monkeypatch.setattr(routes, "_era", counted(eras_read, routes._era))
    app = create_app(Settings(data=tmp_path / "data", secret="k" * 40))
    async with app.router.lifespan_context(app):
        seasons = app.state.node.seasons
        season, _ = await seasons.make(season_of(form, "ann", 1.0))
        for n in range(1, 40):
            entry = Entry(f"e{n}", RecordKind.ROOM, "T", n, float(n), True, "ann", season="long",
                          room_kind=RoomKind.SPACE, series="s", stage=stage)  # fmt: skip
            await seasons.book(season).enter(entry)
        watching = [asyncio.create_task(turns.watch()) for turns in (ruled, eras_read)]
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t")
        async with http:
            asked = (http.get(f"/v1/seasons/long?at={n % 4}") for n in range(12))
            for n, answer in enumerate(await asyncio.gather(*asked)):
                found, at = answer.json(), n % 4
                assert {one["at"] for one in found["firsts"]} == {2.0 if at >= 2 else None}
                assert [len(era["line"]) for era in found["eras"]] == [at] * 8
        for task in watching:
            task.cancel()
    assert (ruled.most, eras_read.most) == (1, 1)


async def test_a_log_is_decoded_a_piece_at_a_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.node.rooms.execute("pre", c.Unmute(HOST))
    await house.node.rooms.execute("pre", c.ConsentToCaptions(HOST, True))
    for n in range(5 * PIECE):
        await house.node.rooms.execute("pre", c.SayLine(HOST, f"line {n}"))
    turns = Turns()
    monkeypatch.setattr(rooms, "decode_event", counted(turns, rooms.decode_event))
    watching = asyncio.create_task(turns.watch())
    found = await house.node.rooms.events("pre", 0, 1000)
    watching.cancel()
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    assert len(found) > 5 * PIECE
    assert turns.most <= PIECE


class Deaf(dict[str, Any]):
    """Rooms by name that cannot be gone through."""

    def values(self) -> Any:
        raise AssertionError("all rooms were looked at")


async def test_the_rooms_of_a_show_are_found_without_looking_at_all(house: House) -> None:
    held = house.node.rooms
    held._rooms = Deaf(held._rooms)
    assert held.rooms_of("show") == ["pre", "post"]
    assert held.rooms_of("none") == []


async def test_shows_come_in_pages(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path / "data", secret="k" * 40))
    async with app.router.lifespan_context(app):
        now = time.time()
        for n in range(7):
            at = now - n // 2  # two of the same instant are told apart by name
            await app.state.node.create_show(Show(f"s{n}", "A show", created_at=at))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t")
        async with http:
            whole = (await http.get("/v1/shows")).json()["shows"]
            assert [show["show"] for show in whole] == [f"s{n}" for n in range(7)]
            pages, after = [], ""
            while True:
                page = (await http.get(f"/v1/shows?limit=3{after}")).json()["shows"]
                if not page:
                    break
                pages.append(page)
                after = f"&after={page[-1]['show']}"
            assert [len(page) for page in pages] == [3, 3, 1]
            assert [show for page in pages for show in page] == whole
            assert (await http.get("/v1/shows?after=none")).json()["code"] == "no_such_show"
            assert (await http.get("/v1/shows?limit=501")).json()["code"] == "bad_request"


async def test_a_client_reads_all_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("afterparty.client.api.PAGE", 2)
    async with open_house(tmp_path / "data"):
        pass
    app = create_app(Settings(data=tmp_path / "data", secret="k" * 40))
    async with app.router.lifespan_context(app), Api("http://t") as api:
        for n in range(4):
            await app.state.node.create_show(Show(f"s{n}", "A show", created_at=float(n)))
        await api._http.aclose()
        api._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t")
        found = [show.show for show in await api.shows()]
    assert found == ["show", "s3", "s2", "s1", "s0"]
