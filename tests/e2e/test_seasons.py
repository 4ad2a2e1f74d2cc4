"""A season through its doors: made, told of, played out of order, read at any date."""

import asyncio
from typing import Any

import pytest
from tests.e2e.conftest import Server
from tests.e2e.test_commands import afterparty

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.client.session import Session
from afterparty.wire.bodies import CreateRoom, CreateShow, RecordList
from afterparty.wire.crowd import CrowdStep
from afterparty.wire.seasons import CreateSeason, SeasonBook, TellRecord
from afterparty.wire.views import RoomView

MARCH, APRIL, MAY, JUNE = 1_614_556_800.0, 1_617_235_200.0, 1_619_827_200.0, 1_622_505_600.0
SEASON: dict[str, Any] = {
    "title": "A spring",
    "since": MARCH,
    "until": JUNE,
    "eras": [
        {"era": "before-launch", "title": "Before the launch", "until": MAY},
        {"era": "since-launch", "title": "Since the launch", "since": MAY},
    ],
    "firsts": [
        {"first": "artist-host", "title": "First artist to host", "tags": ["artist"],
         "role": "host", "kind": "space"},
        {"first": "film-host", "title": "First film to host", "tags": ["film"],
         "role": "host", "kind": "blueroom"},
    ],
}  # fmt: skip


async def season(api: Api, name: str, **change: Any) -> None:
    await api.create_season(CreateSeason.model_validate({"season": name, **SEASON, **change}))


async def play(
    api: Api, name: str, season: str, stands_for: float, listeners: int, due: set[str]
) -> RoomView:
    """An evening of so many, one of them real, over when it has what it is due; its live room."""
    await api.create_show(
        CreateShow(
            show=name,
            title=name,
            simulated=True,
            season=season,
            stands_for=stands_for,
            speed=60.0,
            tags={"maker": ["artist"]},
        )
    )
    room = CreateRoom.model_validate({"room": name, "kind": "space", "title": f"Room {name}"})
    await api.create_room(name, room)
    await api.command(name, "open")
    fan = (await api.token(f"{name}-fan")).token
    async with await Session.join(api.base_url, fan, name):
        enter = {name: [f"{name}-{n}" for n in range(listeners - 1)]}
        await api.crowd(name, CrowdStep.model_validate({"enter": enter}))
        live = (await api.room(name)).room
        async with asyncio.timeout(30):
            while {one.key for one in live.honours} != due:
                live = (await api.room(name)).room
        await api.command(name, "end")
    return live


async def book(api: Api, name: str, titles: set[str], at: float | None = None) -> SeasonBook:
    """The book as soon as these rooms are in it, with what they have come to."""
    async with asyncio.timeout(30):
        while True:
            found = await api.season_book(name, at, limit=50)
            there = {entry.title: entry for entry in found.top}
            if titles <= set(there) and all(there[title].listeners for title in titles):
                return found


async def test_a_season_is_made_once_and_whoever_asks_again_has_it(server: Server) -> None:
    async with Api(server.url) as anybody:
        one = (await anybody.token("maker", grants=["simulate"])).token
        other = (await anybody.token("another", grants=["simulate"])).token
    async with Api(server.url, one) as api, Api(server.url, other) as stranger:
        await season(api, "once")
        made = (await api.seasons())[0]
        assert (made.season, made.by, made.title) == ("once", "maker", "A spring")
        await season(api, "once")
        for again, change in ((api, {"title": "Another"}), (stranger, {})):
            with pytest.raises(ApiError) as refused:
                await season(again, "once", **change)
            assert refused.value.code == "season_exists"
        assert [one.season for one in await api.seasons()].count("once") == 1
        for ask in (api.season_book("none"), api.season_book("once", limit=51)):
            with pytest.raises(ApiError) as refused:
                await ask
            assert refused.value.code in ("no_such_season", "bad_request")


async def test_seasons_are_listed_in_pages_and_deleted_with_their_books(server: Server) -> None:
    async with Api(server.url) as anybody:
        token = (await anybody.token("keeper", grants=["simulate"])).token
    async with Api(server.url, token) as api:
        for name in ("page-a", "page-b", "page-c"):
            await season(api, name)
        rival = TellRecord(title="Elsewhere", listeners=2, at=APRIL)
        await api.tell_record("page-b", rival)
        newest = await api.seasons(1)
        assert [one.season for one in newest] == ["page-c"]
        assert [one.season for one in await api.seasons(2, "page-c")] == ["page-b", "page-a"]
        await api.delete_season("page-b")
        for ask in (
            api.season_book("page-b"),
            api.tell_record("page-b", rival),
            api.delete_season("page-b"),
            api.seasons(after="page-b"),
        ):
            with pytest.raises(ApiError) as refused:
                await ask
            assert refused.value.code == "no_such_season"
        assert [one.season for one in await api.seasons(1, "page-c")] == ["page-a"]
        await season(api, "page-b")
        assert (await api.season_book("page-b")).top == [], "a new one of that name begins anew"


async def test_a_show_is_of_no_season_that_there_is_not(server: Server) -> None:
    async with Api(server.url) as anybody:
        token = (await anybody.token("maker", grants=["host", "simulate"])).token
    async with Api(server.url, token) as api:
        with pytest.raises(ApiError) as refused:
            await api.create_show(
                CreateShow(show="lost", title="Lost", simulated=True, season="none")
            )
        assert refused.value.code == "no_such_season"


async def test_evenings_in_any_order_make_one_book(server: Server) -> None:
    async with Api(server.url) as anybody:
        token = (await anybody.token("maker", grants=["host", "simulate"])).token
    async with Api(server.url, token) as api:
        await season(api, "spring")
        rival = TellRecord(title="Elsewhere", listeners=2, at=APRIL)
        told = await api.tell_record("spring", rival)
        assert (told.kind, told.simulated, told.room) == ("told", True, None)
        assert await api.tell_record("spring", rival) == told

        live = await play(api, "may", "spring", MAY + 600.0, 4, {"overall", "artist-host"})
        fell = {one.key: one for one in live.honours}
        assert (fell["overall"].listeners, fell["overall"].before_title) == (3, "Elsewhere")
        assert fell["artist-host"].member == "maker"
        found = await book(api, "spring", {"Room may"})
        async for event in api.all_events("may"):
            if event["type"] == "record_broken":
                before = {"title": "Elsewhere", "listeners": 2, "at": APRIL, "room": None}
                assert (event["listeners"], event["before"]) == (3, before)
        entry = found.top[0]
        assert (entry.title, entry.listeners, entry.simulated_listeners) == ("Room may", 4, 3)
        assert (entry.season, entry.room_kind, entry.host) == ("spring", "space", "maker")
        assert entry.at >= MAY + 600.0
        assert [(seen.member, seen.role, seen.tags) for seen in entry.stage] == [
            ("maker", "host", ["artist"])
        ]
        assert [one.title for one in found.line] == ["Elsewhere", "Room may"]
        early, late = found.eras
        assert early.holder is not None
        assert late.holder is not None
        assert (early.holder.title, late.holder.title) == ("Elsewhere", "Room may")

        # One of March that is enacted only now: it was there before both.
        await play(api, "march", "spring", MARCH + 600.0, 3, {"artist-host"})
        found = await book(api, "spring", {"Room march"})
        assert [one.title for one in found.line] == ["Room march", "Room may"]
        artist, film = found.firsts
        assert artist.record is not None
        assert (artist.record.title, artist.member, film.member) == ("Room march", "maker", None)
        assert artist.at == MARCH + 600.0
        then = await api.season_book("spring", APRIL + 1.0)
        assert [one.title for one in then.top] == ["Room march", "Elsewhere"]
        at_first = await api.season_book("spring", MARCH)
        assert (at_first.top, at_first.firsts[0].member) == ([], None)

        own = {entry.title for entry in (await api.records(100)).records}
        assert {"Room may", "Room march"} <= own
        assert "Elsewhere" not in own, "what is told is of the season alone"

    done = afterparty("records", "--url", server.url, "--season", "spring", "--at", "2021-04-30")
    assert done.returncode == 0, done.stderr
    assert "A spring, as of 2021-04-30 23:59 UTC" in done.stdout
    assert "Room march" in done.stdout
    assert "room (simulated)" in done.stdout
    assert "Room may" not in done.stdout
    assert "Most listened-to, Before the launch" in done.stdout
    assert "Most listened-to, Since the launch" not in done.stdout
    assert "maker (maker)" in done.stdout
    assert "nobody yet" in done.stdout
    done = afterparty("records", "--url", server.url, "--season", "spring", "--top", "1", "--json")
    told = SeasonBook.model_validate_json(done.stdout)
    assert [entry.title for entry in told.top] == ["Room may"]
    done = afterparty("records", "--url", server.url, "--json")
    assert {"Room may", "Room march"} <= {
        entry.title for entry in RecordList.model_validate_json(done.stdout).records
    }


def test_a_date_that_is_none_is_refused(server: Server) -> None:
    done = afterparty("records", "--url", server.url, "--at", "yesterday")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--at is a date" in done.stderr
    done = afterparty("records", "--url", server.url, "--season", "none", "--at", "2021-04-30")
    assert done.returncode == 2
    assert "There are: " in done.stderr
    assert "no_such_season" in done.stderr


async def test_a_season_is_found_by_its_files_name_as_its_newest_replay(server: Server) -> None:
    async with Api(server.url) as anybody:
        token = (await anybody.token("maker", grants=["host", "simulate"])).token
    async with Api(server.url, token) as api:
        for name in ("autumn-aaaaaa", "autumn-bbbbbb", "autumn-late-cccccc"):
            await season(api, name)
        await api.tell_record(
            "autumn-bbbbbb", TellRecord(title="Told to the newest", listeners=2, at=APRIL)
        )
    done = afterparty("records", "--url", server.url, "--season", "autumn")
    assert done.returncode == 0, done.stderr
    assert "Told to the newest" in done.stdout
