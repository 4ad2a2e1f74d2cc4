"""A season's record goes to JSON and comes back the same."""

import json
from dataclasses import replace

from tests.replay.sampleseason import sample_season

from afterparty.replay.season.record import dump, load


def test_what_is_dumped_is_loaded_again() -> None:
    record = sample_season()
    text = json.dumps(dump(record))
    assert load(json.loads(text)) == record
    assert '"2021-07-01T00:00:00Z"' in text, "moments are told as a file writes them"


def test_it_held_if_everything_in_it_did() -> None:
    record = sample_season()
    assert [v for e in record.evenings for v in e.verdicts if not v.held] == []
    assert record.ok
    failed = replace(record.claims[0], held=False)
    assert not replace(record, claims=(failed, *record.claims[1:])).ok
    broken = replace(record.evenings[0], record=None, verdicts=(), failure="It broke off.")
    assert not replace(record, evenings=(broken, *record.evenings[1:])).ok


def test_an_evening_knows_the_moment_of_each_second() -> None:
    evening = sample_season().evenings[0]
    assert evening.moment(0) == evening.begins
    assert evening.moment(10) == evening.begins + 10 * evening.scenario.demo_speed
