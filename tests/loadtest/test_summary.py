"""afterparty.loadtest.summary: nothing gets lost on the way from workers to a verdict."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from afterparty.loadtest.machine import Usage, describe, usage
from afterparty.loadtest.summary import MOST_BINS, bins, packets, silences, spread, together
from afterparty.loadtest.tally import Progress, Window

seconds = st.lists(st.floats(0, 1e4), max_size=60)


@given(seconds, st.floats(1e-3, 10))
def test_every_value_is_in_one_bin_of_few(values: list[float], width: float) -> None:
    found = bins(values, width)
    assert sum(found.many) == len(values)
    assert len(found.many) <= MOST_BINS + 1
    if values:
        assert found.many[-1] > 0


@given(seconds)
def test_percentiles_are_values_that_occurred(values: list[float]) -> None:
    found = spread(values)
    if not values:
        assert found is None
        return
    assert found is not None
    assert set(found) <= set(values)
    assert found[2] == max(values)
    below = sum(value <= found[1] for value in values)
    assert below >= 0.99 * len(values)


def test_windows_add_up() -> None:
    def window(worker: int, many: int) -> Window:
        expected = np.full(many, 100)
        return Window(
            worker, "w", expected, expected - worker, expected * 0, np.full(many, worker / 10)
        )

    parts = [window(0, 3), window(2, 1), window(3, 0)]
    assert packets(parts) == (400, 398)
    assert silences(parts).tolist() == [0, 0, 0, 0.2]
    assert silences([]).size == 0


def test_the_whole_swarm_is_the_sum_of_its_workers_and_the_worst_of_them() -> None:
    def told(worker: int, silence: float) -> Progress:
        return Progress(
            worker=worker, at=0, asked=10, joining=1, connected=8, hearing=7, left=2, failed=1,
            waiting=1, packets=500, gaps=3, silence=silence, first_sound=(), reasons={}, cpu=0.5,
            dropped=1,
        )  # fmt: skip

    sample = together(1.5, 99, [told(0, 0.02), told(1, 0.3)], Usage(2.5, 1000))
    assert (sample.t, sample.wanted, sample.asked, sample.hearing) == (1.5, 99, 20, 14)
    assert (sample.packets, sample.missing, sample.dropped) == (1000, 6, 2)
    assert (sample.silence, sample.swarm_cpu, sample.server_cpu) == (0.3, 1.0, 2.5)
    assert together(0, 0, [], None).server_memory is None


def test_a_process_is_measured_with_its_children() -> None:
    import os
    import subprocess
    import sys

    before = usage(os.getpid())
    if before is None:  # no /proc here
        return
    code = "b = bytearray(64 << 20); b[::4096] = b'x' * len(b[::4096]); input()"
    with subprocess.Popen(
        [sys.executable, "-c", f"print(flush=True); {code}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        with_child = usage(os.getpid())
        child.stdin.write(b"\n")
        child.stdin.close()
    assert with_child is not None
    assert with_child.memory > before.memory
    assert usage(2**22 + 1) is None


def test_the_machine_is_described() -> None:
    machine = describe()
    assert machine["cores"]
    assert machine["processor"]
