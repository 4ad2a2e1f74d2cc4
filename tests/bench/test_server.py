import os

import pytest
from bench.server import _from_proc, _from_ps, cpu_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0:01.25", 1.25), ("00:00:07", 7), ("01:02:03", 3723), ("2-01:00:00", 176_400)],
)
def test_times_of_ps(text: str, seconds: float) -> None:
    assert cpu_seconds(text) == seconds


@pytest.mark.parametrize("way", [_from_proc, _from_ps])
def test_this_process_is_found(way: object) -> None:
    assert callable(way)
    try:
        found = dict(way())
    except FileNotFoundError:
        pytest.skip("there is no ps here")
    if not found:
        pytest.skip("there is no /proc here")
    own = found[os.getpid()]
    assert own.parent == os.getppid()
    assert own.memory > 2**20
    assert own.cpu >= 0
