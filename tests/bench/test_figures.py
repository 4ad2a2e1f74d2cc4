import json
from pathlib import Path

import pytest
from bench.figures import Figure, keep, machine, percentiles, readable


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (3.0, "3"), (12345.6, "12,346"), (7.126, "7.13"), (71.26, "71.3"), (712.6, "713"),
     (0.07126, "0.0713"), (-0.4581, "-0.458"), (999.96, "1000")],
)  # fmt: skip
def test_three_digits_that_count(value: float, text: str) -> None:
    assert readable(value) == text


def test_percentiles_are_named() -> None:
    found = percentiles("wait", [1.0, 2.0, 9.0], "ms", {"median": 50, "max": 100}, "of three")
    assert found == [
        Figure("wait, median", 2.0, "ms", "of three"),
        Figure("wait, max", 9.0, "ms", "of three"),
    ]


def test_kept_with_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "bench.json"
    keep(path, machine(), {"join": [Figure("CPU", 1.5, "ms")]})
    kept = json.loads(path.read_text())
    assert kept["figures"] == {"join": [{"name": "CPU", "value": 1.5, "unit": "ms", "note": ""}]}
    assert kept["before"]["memory_gib"] > 0
    assert len(kept["after"]["load"]) == 3
