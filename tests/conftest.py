"""What all tests share: how long a browser may take on a machine that has much else to do, and
which tests have the machine for themselves where others run side by side (``-n``)."""

import fcntl
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

expect.set_options(timeout=20_000)

TESTS = Path(__file__).parent

SIDE_BY_SIDE = "PYTEST_XDIST_WORKER" in os.environ

ALONE = frozenset(
    {
        "bench",
        "chaos",
        "loadtest/test_command",
        "loadtest/test_real",
        "e2e/test_handoff",
        "e2e/test_nodes",
        "e2e/test_power_cut",
        "e2e/test_recorded_evening",
        "e2e/test_recording",
        "e2e/test_slow_client",
        "e2e/test_sound",
        "e2e/test_store_away",
        "e2e/test_store_killed",
        "e2e/test_whip_whep",
        "e2e/test_season",
        "node/access/test_keyring",
        "replay/author/test_watching",
        "replay/evening/test_runner",
        "replay/verdict/test_sameness",
    }
)
"""Folders and modules that hold real processes to what they promise within seconds, or need all of
the machine."""


def alone(item: pytest.Item) -> bool:
    """Whether nothing else may run meanwhile."""
    path = item.path.relative_to(TESTS).with_suffix("")
    return not ALONE.isdisjoint((path.parts[0], path.as_posix()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that run alone come last: nobody has to wait for them."""
    missing = [name for name in ALONE if not any(TESTS.glob(f"{name}*"))]
    assert not missing, f"moved or gone, so not alone any more: {missing}"
    if SIDE_BY_SIDE:
        items.sort(key=alone)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep others away from a test that runs alone; the wait is no part of its time."""
    if not SIDE_BY_SIDE:
        return (yield)
    with Path(__file__).open() as door:
        fcntl.flock(door, fcntl.LOCK_EX if alone(item) else fcntl.LOCK_SH)
        try:
            return (yield)
        finally:
            fcntl.flock(door, fcntl.LOCK_UN)  # closing would not do while a fork has it open


@pytest.fixture
def hears_all() -> Iterator[None]:
    """What is started hears Ctrl-C and a closed terminal, though these tests may run in the
    background, where both are passed over, also by whatever is started from there."""
    heard = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in heard.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
