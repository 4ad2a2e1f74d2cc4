"""Search: what is folded alike, what is meant, and in which order it is listed."""

from dataclasses import replace
from typing import Any

import pytest
from tests.node.conftest import HOST, House

from afterparty.core import commands as c
from afterparty.core.decision import decide
from afterparty.core.evolution import fold
from afterparty.core.model import Person, Room, RoomKind, RoomState
from afterparty.node.foyer import lobby
from afterparty.node.foyer.lobby import Search, folded, place, said_of

NOW = 1_623_247_200.0


def room(name: str = "r", host: Person = HOST, **more: Any) -> Room:
    """A room as it is after it was made."""
    create = c.CreateRoom(host, name, "show", RoomKind.SPACE, more.pop("title", "A title"), **more)
    events = decide(None, create, NOW)
    assert isinstance(events, tuple), events
    found = fold(events)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRASSE", "straße"),
        ("Éric Müller", "eric muller"),
        ("e\u0301", "é"),
        ("İstanbul", "istanbul"),
        ("ΟΔΟΣ", "οδός"),
        ("ＫＣＯＮ：ＴＡＣＴ", "kcon:tact"),
        ("Ⓐ℡", "atel"),
        ("윤여정", "\u110b\u1172\u11ab\u110b\u1167\u110c\u1165\u11bc"),
        ("ｶﾞ", "ガ"),
        ("Ёлка", "елка"),
        ("two  words\n", "two words"),
        ("", " \u0301 "),
    ],
)
def test_what_is_written_otherwise_is_the_same_word(one: str, other: str) -> None:
    assert folded(one) == folded(other)
    assert folded(folded(one)) == folded(one)


@pytest.mark.parametrize(
    ("one", "other"), [("か", "が"), ("각", "가"), ("cafe", "cafè s"), ("1", "2")]
)
def test_another_word_is_another_one(one: str, other: str) -> None:
    assert folded(one) != folded(other)


FULL = room(
    title="Oscars: 윤여정 ÉLAN",
    host=Person("cine21", "cine21_editor", "Cine21 씨네21"),
    description="Six journalists, one night.",
    topics=("Film", "K-Drama"),
    hashtag="#Ask_Yuhjung",
    series="talks",
)


@pytest.mark.parametrize(
    "search",
    [
        Search(),
        Search("oscars"),
        Search("elan 윤여정"),
        Search("SIX night"),
        Search("#ask_yuhjung"),
        Search("drama"),
        Search("씨네21"),
        Search("@cine21_editor"),
        Search(states=frozenset({RoomState.SCHEDULED, RoomState.LIVE})),
        Search(kind=RoomKind.SPACE),
        Search(host="cine21"),
        Search(host="CINE21_Editor"),
        Search(topic="k-drama"),
        Search(series="talks"),
        Search("film", frozenset({RoomState.SCHEDULED}), RoomKind.SPACE, "cine21", "film", "talks"),
    ],
)
def test_a_room_is_meant_by_all_that_it_says_of_itself(search: Search) -> None:
    assert search.means(FULL, said_of(FULL))


@pytest.mark.parametrize(
    "search",
    [
        Search("oscars emmys"),
        Search("@cine21_editors"),
        Search("current"),
        Search(states=frozenset({RoomState.LIVE})),
        Search(kind=RoomKind.BLUEROOM),
        Search(host="cine"),
        Search(topic="drama"),
        Search(series="talk"),
        Search("oscars", topic="news"),
    ],
)
def test_a_room_is_not_meant_if_one_thing_is_not_so(search: Search) -> None:
    assert not search.means(FULL, said_of(FULL))


def test_live_comes_first_then_what_begins_soonest_then_what_is_over() -> None:
    def at(name: str, state: RoomState, created: float, when: float | None = None) -> Room:
        return replace(room(name), state=state, created_at=created, scheduled_for=when)

    ordered = (
        at("live2", RoomState.LIVE, 5.0, 1.0),
        at("live1", RoomState.LIVE, 4.0),
        at("soon", RoomState.SCHEDULED, 1.0, 50.0),
        at("later", RoomState.SCHEDULED, 9.0, 60.0),
        at("any2", RoomState.SCHEDULED, 3.0),
        at("any1", RoomState.SCHEDULED, 2.0),
        at("over3", RoomState.CANCELED, 8.0),
        at("over2", RoomState.ENDED, 7.0, 2.0),
        at("over1", RoomState.TIMED_OUT, 6.0),
    )
    shuffled = (*ordered[5:], *ordered[:5])
    assert sorted(shuffled, key=place) == list(ordered)


async def test_what_a_room_says_anew_is_found_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lobby, "PIECE", 1)  # so that it breathes between any two rooms

    async def names(search: Search, limit: int = 9) -> list[str]:
        return [found.room for found in await house.node.lobby.find(search, limit)]

    await house.node.rooms.execute("pre", c.EditRoom(HOST, title="Été", topics=("Music",)))
    assert await names(Search("ete")) == ["pre"]
    assert await names(Search("pre")) == []
    assert await names(Search(topic="music")) == ["pre"]
    assert await names(Search(host="HOST")) == ["post", "pre"]
    assert await names(Search(host="host"), limit=1) == ["post"]
    await house.node.rooms.execute("post", c.EndRoom(HOST))
    assert await names(Search(states=frozenset({RoomState.ENDED}))) == ["post"]
