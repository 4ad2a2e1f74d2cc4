"""Each door for a few seconds: its corpus, mutations of it, and what hypothesis thinks of."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fuzz import running
from tests.fuzz.doors import CORPUS, DOORS, Door, kept
from tests.fuzz.mutation import LONGEST, mutate
from tests.fuzz.running import Tally, feed, judge

from afterparty.media.datagrams.port import RELAY

SEED = 20260730
"""Any would do; ``python -m tests.fuzz`` takes a new one each time."""


@pytest.mark.parametrize("door", DOORS)
def test_every_kept_input_is_taken(door: str) -> None:
    tally = Tally()
    for data in kept(door):
        judge(door, data, tally)
    assert not tally.findings, tally.findings[0].why
    assert len(tally.outcomes) > 2, "a corpus that leads nowhere is none"


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_nothing_unforeseen_comes_out_of_a_door(door: str) -> None:
    tally = feed(door, DOORS[door].short, random.Random(f"{SEED} {door}"), most=1)
    assert not tally.findings, f"{tally.findings[0].data!r}\n{tally.findings[0].why}"
    assert tally.inputs == DOORS[door].short


@pytest.mark.parametrize("door", DOORS)
def test_no_bytes_that_hypothesis_thinks_of_do_either(door: str) -> None:
    texts = st.text(max_size=200).map(lambda text: text.encode(errors="replace"))
    words = st.lists(st.sampled_from([*DOORS[door].words, *kept(door)]), max_size=8).map(b"".join)

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(st.one_of(st.binary(max_size=300), texts, words))
    def taken(data: bytes) -> None:
        DOORS[door].take(data)

    taken()


def test_what_nodes_seal_is_opened_and_comes_to_the_rooms() -> None:
    sealed = [seed for seed in DOORS["datagram"].seeds() if seed[0] == RELAY]
    told = [DOORS["datagram"].take(seed) for seed in sealed]
    assert len(told) > 3
    assert not any("unasked" in one or "authentic" in one or "malformed" in one for one in told)
    told = [DOORS["relay"].take(data) for data in kept("relay")]
    assert sum("Speaking" in one for one in told) > 3, "a feed was heard"
    assert any(one == "{} [] 2" for one in told), "a feed was fed"


def test_the_shares_of_the_doors_are_all_there_is() -> None:
    assert sum(door.share for door in DOORS.values()) == pytest.approx(1.0)
    assert {folder.name for folder in CORPUS.iterdir()} == set(DOORS)


def test_the_same_seed_makes_the_same_inputs() -> None:
    def made(seed: int) -> list[bytes]:
        chance = random.Random(seed)
        return [mutate(chance, [b"one: 1\n", b"another\n"], [b"word"]) for _ in range(300)]

    assert made(1) == made(1) != made(2)
    assert len(set(made(1))) > 200
    assert max(len(data) for data in made(1)) <= LONGEST


def test_a_fault_is_found_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The fuzzer itself: a door that breaks on one byte is caught breaking."""

    def broken(data: bytes) -> str:
        return f"{b'no problem at all'[data.count(b'x')]}"[:0] or str(len(data) % 3)

    monkeypatch.setitem(DOORS, "broken", Door(broken, (b"x",), 0.0, 0))
    monkeypatch.setattr(running, "CORPUS", tmp_path / "corpus")
    monkeypatch.setattr(running, "kept", lambda door: (b"abc", b"def"))
    (tmp_path / "corpus" / "broken").mkdir(parents=True)
    tally = feed("broken", 20_000, random.Random(1), most=1)
    [finding] = tally.findings
    assert "IndexError" in finding.why
    kept_in = tmp_path / finding.keep()
    assert kept_in.read_bytes() == finding.data
    assert tally.inputs < 20_000
