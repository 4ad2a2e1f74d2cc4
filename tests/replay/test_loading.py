"""afterparty.replay.loading: a file read, or told where it is wrong."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.replay.texts import SMALL, spoiled

from afterparty.replay.loading import (
    FAULTS_READ,
    SIZE_LIMIT,
    Located,
    ScenarioError,
    load,
    parse,
)


def test_a_scenario_is_read() -> None:
    scenario = parse(SMALL)
    assert scenario.listeners == 20
    assert scenario.ends_at == 240
    assert scenario.beats[2].at == 12
    assert scenario.member("fan.c").tags == ("fan",)
    assert scenario.room("second").kind == "space"
    # Nothing is left to be guessed: each beat knows its room.
    assert [beat.room for beat in scenario.beats[8:]] == ["first", "second", "first", "second"]


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "says"),
    [
        ("demo_speed: 6", "demo_sped: 6", 7, "demo_sped", "did you mean 'demo_speed'?"),
        ("show: {title: Small}\n", "", 1, "show", "is missing"),
        ("do: request}", "do: requst}", 26, "beats[4].do", "did you mean 'request'?"),
        ("text: Hello}", "txt: Hello}", 24, "beats[2].text", "is missing"),
        ("text: Hello}", "text: 7}", 24, "beats[2].text", "expected text, not 7"),
        ('at: "0:12"', "at: 12", 24, "beats[2].at", "m:ss or h:mm:ss"),
        ('at: "0:12"', 'at: "0:72"', 24, "beats[2].at", "m:ss or h:mm:ss"),
        ("kind: blueroom", "kind: blue", 14, "rooms[0].kind", "none of space, blueroom"),
        ("kind: state", "kind: stat", 35, "expect[0].kind", "did you mean 'state'?"),
        ("{kind: state, ", "{", 35, "expect[0]", "'kind' is missing"),
        ("id: fan.c", "id: fan c", 12, "cast[2].id", "without spaces"),
        ("size: 20", "size: '20'", 18, "audience[0].size", "a whole number"),
        ("size: 20", "size: 0", 18, "audience[0].size", "at least 1, not 0"),
        ('reaction: "💯"', 'reaction: "🐙"', 31, "beats[9].reaction", "a reaction is one of"),
        (
            "    room: first\n    arrive",
            "    room: first\n    handoff: {follow: 0.5}\n    arrive",
            20,
            "audience[0].handoff",
            "make 1 together, not 0.5",
        ),
    ],
)
def test_a_fault_has_line_field_and_expectation(
    old: str, new: str, line: int, field: str, says: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(spoiled(old, new), "small.yaml")
    fault = next(f for f in caught.value.faults if says in f.says)
    assert (fault.line, fault.field) == (line, field)
    assert f"small.yaml:{line}: " in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    text = spoiled("do: request}", "do: requst}").replace("size: 20", "size: none")
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    assert len(caught.value.faults) == 2
    assert [fault.line for fault in caught.value.faults] == [18, 26]


def test_very_many_faults_are_told_in_few_lines() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(SMALL + "".join(f"extra{n}: 1\n" for n in range(500)))
    assert len(caught.value.faults) == 500
    assert len(str(caught.value).splitlines()) == 21
    assert str(caught.value).endswith("and 480 more")


def test_of_very_many_faults_of_form_some_are_looked_at() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(SMALL + "".join(f"extra{n}: 1\n" for n in range(3 * FAULTS_READ)))
    assert len(caught.value.faults) == FAULTS_READ


def test_a_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, "utf-8")
    assert load(path) == parse(SMALL)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(ScenarioError, match="directory"):
        load(tmp_path)
    big = tmp_path / "big.yaml"
    big.write_bytes(b"#" * (SIZE_LIMIT + 1))
    with pytest.raises(ScenarioError, match="larger than"):
        load(big)
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ScenarioError, match=r"bad\.yaml:2: not UTF-8"):
        load(bad)


@pytest.mark.parametrize("text", ["[]", "word", "7", "beats: {}", "cast: [[[]]]", "a: {b: [c]}"])
def test_what_is_no_scenario_at_all(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse(text)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_told(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SMALL)))
    end = data.draw(st.integers(start, min(start + 40, len(SMALL))))
    text = SMALL[:start] + data.draw(st.text(max_size=10)) + SMALL[end:]
    assert all(fault.line >= 1 and fault.says for fault in faults_of(text))


def faults_of(text: str) -> tuple[Located, ...]:
    try:
        parse(text)
    except ScenarioError as error:
        return error.faults or (Located(0, "", "an error without a fault"),)
    return ()
