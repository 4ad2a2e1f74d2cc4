"""afterparty.loadtest.plan: what cannot be is said, and what is not ours is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.loadtest.level import ServiceLevel
from afterparty.loadtest.plan import MOST_WORKERS, LoadPlan, PlanError, check, is_loopback


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"listeners": 0}, "--listeners"),
        ({"rate": 0.0}, "--rate"),
        ({"rate": float("nan")}, "--rate"),
        ({"hold": 0.5}, "--hold"),
        ({"churn": 101.0}, "--churn"),
        ({"workers": 17}, "--workers"),
        ({"decrypt": 1.1}, "--decrypt"),
        ({"decode": -1}, "--decode"),
        ({"step": 5}, "--find-limit"),
        ({"step": 0, "find_limit": True}, "--step"),
        ({"level": ServiceLevel(min_received=101)}, "--min-received"),
        ({"level": ServiceLevel(max_silence=0)}, "--max-silence"),
        ({"level": ServiceLevel(max_first_sound=0)}, "--max-first-sound"),
        ({"level": ServiceLevel(max_wrong_sound=-1)}, "--max-wrong-sound"),
        ({"whep": True}, "--whep"),
        ({"whep": True, "url": "http://127.0.0.1/w", "room": "r"}, "--room"),
        ({"whep": True, "url": "http://127.0.0.1/w", "via": "ws"}, "--via"),
        ({"whep": True, "url": "http://127.0.0.1/w", "record": True}, "--record"),
        ({"room": "r"}, "--url"),
        ({"url": "http://127.0.0.1", "lane": "60"}, "--lane"),
        ({"url": "ftp://127.0.0.1"}, "http"),
        ({"url": "http://me@127.0.0.1"}, "http"),
        ({"url": "http://127.0.0.1:99999"}, "URL"),
        ({"url": "http://nowhere.invalid"}, "no address"),
    ],
)
def test_what_cannot_be_is_said(changes: dict[str, object], word: str) -> None:
    with pytest.raises(PlanError, match=word):
        check(replace(LoadPlan(), **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["192.0.2.1", "[2001:db8::1]", "0.0.0.0"])
def test_what_is_not_this_machine_must_be_ours(host: str) -> None:
    plan = LoadPlan(url=f"http://{host}:8080")
    with pytest.raises(PlanError, match="--i-own-this-server"):
        check(plan)
    check(replace(plan, owned=True))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.8.7", "[::1]", "localhost"])
def test_this_machine_is_ours(host: str) -> None:
    assert is_loopback(f"http://{host}:8080/somewhere")
    check(LoadPlan(url=f"http://{host}:8080"))


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(LoadPlan(token="secret"))


@given(st.integers(1, 100_000), st.none() | st.integers(1, 200_000), st.booleans())
def test_steps_climb_to_the_top(listeners: int, step: int | None, limit: bool) -> None:
    steps = LoadPlan(listeners=listeners, step=step, find_limit=limit).steps
    assert steps[-1] == listeners
    assert list(steps) == sorted(set(steps))
    assert all(0 < one <= listeners for one in steps)
    if not limit:
        assert len(steps) == 1
    elif step is None:
        assert len(steps) <= 10


def test_there_is_a_process_for_a_listener_and_tones_for_a_seed() -> None:
    assert LoadPlan(listeners=1).processes == 1
    assert LoadPlan(workers=16, listeners=99).processes == MOST_WORKERS
    tones = {LoadPlan(seed=seed).tones for seed in range(20)}
    assert len(tones) > 5
    assert all(len(set(chord)) == 3 for chord in tones)
    assert LoadPlan(seed=3).tones == LoadPlan(seed=3).tones
