"""The same seed and speed give the same event log, but for times and ids."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.client.devserver import devserver
from tests.replay.little import LITTLE

from afterparty.client.api import Api
from afterparty.replay.evening.progress import Silent
from afterparty.replay.evening.runner import run
from afterparty.replay.verdict.record import Logged, MemberRecord, Record
from afterparty.replay.verdict.sameness import normalised
from afterparty.replay.words.loading import parse

SEAT = {"person": {"member": "host", "name": "Host"}, "role": "host", "csrc": 1}


def record(suffix: str, at: float, *more: Logged) -> Record:
    """A run whose names end in ``suffix``, and that began at ``at``."""
    created = {
        "type": "room_created", "at": at, "room": f"r-{suffix}", "show": f"s-{suffix}",
        "seats": [SEAT], "series": f"talks-{suffix}",
    }  # fmt: skip
    offered = {
        "type": "handoff_offered", "at": at + 2, "handoff": suffix, "to_room": f"r-{suffix}",
        "moves_at": at + 5, "by": "host",
    }  # fmt: skip
    events = (Logged(0.0, "room", 1, created), Logged(2.0, "room", 2, offered), *more)
    members = (MemberRecord("fan-001", "fans"), MemberRecord("host", ""))
    return Record(
        "evening", "", "", 0.0, 1.0, 1, series={"talks": f"talks-{suffix}"}, events=events,
        members=members,
    )  # fmt: skip


def asked(number: int, who: str = "fan-001") -> Logged:
    return Logged(1.0, "room", number, {"type": "speak_requested", "person": {"member": who}})


def test_times_and_names_that_the_server_draws_are_no_difference() -> None:
    assert normalised(record("abc", 1.0)) == normalised(record("xyz", 9.0))
    plain = normalised(record("abc", 1.0)).script["room"]
    assert plain[0]["room"] == "room"
    assert plain[0]["show"] == "evening"
    assert plain[0]["series"] == "talks"
    assert plain[1] == {"type": "handoff_offered", "to_room": "room", "by": "host"}


def test_an_event_that_was_read_twice_is_one() -> None:
    once, twice = record("abc", 1.0), record("abc", 1.0, *record("abc", 1.0).events)
    assert normalised(once) == normalised(twice)


def test_what_the_audience_does_is_kept_apart_and_has_no_order() -> None:
    early = record("abc", 1.0, asked(3), Logged(3.0, "room", 4, {"type": "room_opened"}))
    late = record("abc", 1.0, Logged(2.5, "room", 3, {"type": "room_opened"}), asked(4))
    assert normalised(early) == normalised(late)
    assert normalised(early) != normalised(record("abc", 1.0, asked(3)))
    assert normalised(early).apart["room"][0]["type"] == "speak_requested"


def test_whose_record_was_passed_is_no_difference_though_its_room_has_another_name() -> None:
    def broken(room: str, title: str = "Before") -> Logged:
        before = {"title": title, "listeners": 4, "at": 1.0, "room": room}
        event = {"type": "record_broken", "record": "overall", "listeners": 5, "before": before}
        return Logged(3.0, "room", 3, event)

    one, other = record("abc", 1.0, broken("late-abc")), record("xyz", 9.0, broken("late-xyz"))
    assert normalised(one) == normalised(other)
    (plain,) = normalised(one).apart["room"]
    assert plain["before"] == {"title": "Before", "listeners": 4, "room": "late"}
    assert normalised(one) != normalised(record("abc", 1.0, broken("early-abc")))
    assert normalised(one) != normalised(record("abc", 1.0, broken("late-xyz"))), "of another run"


def test_who_goes_over_with_a_handoff_leaves_a_seat_in_no_order() -> None:
    def left(number: int, who: str, by: str = "") -> Logged:
        return Logged(3.0, "room", number, {"type": "seat_left", "member": who, "by": by or who})

    begun, closed = (
        Logged(3.0, "room", number, {"type": f"handoff_{what}"})
        for number, what in ((3, "begun"), (5, "closed"))
    )
    one = record("abc", 1.0, begun, left(4, "a"), closed, left(6, "b"))
    other = record("abc", 1.0, begun, left(4, "b"), closed, left(6, "a"))
    assert normalised(one) == normalised(other)
    assert normalised(one) != normalised(record("abc", 1.0, begun, left(4, "a"), closed))
    earlier = [record("abc", 1.0, left(3, who), left(4, "ab".replace(who, ""))) for who in "ab"]
    assert normalised(earlier[0]) != normalised(earlier[1]), "by the script, in order"
    removed = [
        record("abc", 1.0, begun, left(4, who, "host"), left(6, "ab".replace(who, ""), "host"))
        for who in "ab"
    ]
    assert normalised(removed[0]) != normalised(removed[1]), "the host's doing, in order"


@pytest.mark.parametrize(
    "other",
    [
        record("abc", 1.0, asked(3, "host")),
        record("abc", 1.0, Logged(3.0, "room", 3, {"type": "room_opened"})),
        replace(record("abc", 1.0), events=record("abc", 1.0).events[:1]),
    ],
)
def test_what_the_cast_does_is_a_difference(other: Record) -> None:
    assert normalised(other) != normalised(record("abc", 1.0))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with devserver(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.mark.slow
async def test_two_runs_of_one_seed_and_speed_give_the_same_logs(url: str, tmp_path: Path) -> None:
    async with Api(url) as api:
        await api.wait_ready()
    scenario = parse(LITTLE)
    runs = [
        await run(scenario, url, speed=24, real=2, seed=7, progress=Silent(), voices="none")
        for _ in range(2)
    ]
    first, second = (normalised(one) for one in runs)
    assert set(first.script) == {"before", "after"}
    assert len(first.script["before"]) > 8
    assert first.script == second.script
    assert first.apart == second.apart
