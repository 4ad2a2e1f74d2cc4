"""afterparty.replay.verdict.record: what a run measured, and its JSON."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.replay.sample import sample_record

from afterparty.replay.verdict.record import MemberRecord, Stay, dump, load
from afterparty.replay.words.loading import load as load_scenario

SCENARIO = Path(__file__).parent.parent.parent.parent / "scenarios" / "enhypen-preshow.yaml"


def test_a_record_goes_through_json_unchanged() -> None:
    record = sample_record(load_scenario(SCENARIO))
    assert load(json.loads(json.dumps(dump(record)))) == record


def test_what_is_no_record_is_refused() -> None:
    body = dump(sample_record(load_scenario(SCENARIO)))
    with pytest.raises(ValidationError):
        load(body | {"polls": [{"asked": 1}]})
    with pytest.raises(ValidationError):
        load({})


def test_a_member_s_evening_is_told_by_their_stays() -> None:
    member = MemberRecord(
        "fans-001",
        "fans",
        stays=(
            Stay(1.0, None, None, 1.5),
            Stay(2.0, 2.1, 5.0, 5.1, ((2.1, "first"),)),
            Stay(6.0, 6.1, None, None, ((6.1, "first"), (9.0, "second"))),
        ),
    )
    assert member.arrived_at == 2.1
    assert member.left_at is None
    assert member.rooms == ("first", "first", "second")


def test_somebody_who_never_came_has_no_times() -> None:
    nobody = MemberRecord("fans-002", "fans")
    assert (nobody.arrived_at, nobody.left_at, nobody.rooms) == (None, None, ())


def test_the_cast_is_not_the_audience() -> None:
    record = sample_record(load_scenario(SCENARIO))
    assert len(record.listeners) == 120
    assert all(member.part for member in record.listeners)
