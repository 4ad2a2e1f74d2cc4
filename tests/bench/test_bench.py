"""Every benchmark runs, at a tiny size, and keeps its figures. None is judged by its speed."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench.__main__ import BENCHES

ROOT = Path(__file__).parent.parent.parent


def run(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments, "--quick", "--out", str(out)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "server")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHES)
def test_runs(name: str, tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    done = run(out, name)
    assert done.returncode == 0, done.stdout + done.stderr
    kept = json.loads(out.read_text())
    assert kept["before"]["cores"] >= 1
    assert list(kept["figures"]) == [name]
    figures = {figure["name"]: figure["value"] for figure in kept["figures"][name]}
    assert figures
    assert all(math.isfinite(value) for value in figures.values()), figures
    for says in figures:
        assert says.split(",")[0][:20] in done.stdout
    if name in ("audience", "handoff", "crowd", "store"):
        assert figures["polls with a wrong total"] == 0
    if name == "audience":
        assert figures["handoff: sequence gaps"] == 0
    if name == "crowd":
        assert figures["members moved"] == 250
    if name == "handoff":
        assert figures["polls of the counts"] > 0
        assert figures["changes of SSRC"] == figures["new peer connections"] == 0


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    done = run(tmp_path / "bench.json", "warp")
    assert done.returncode == 2
    assert "there is no warp" in done.stderr
    assert not (tmp_path / "bench.json").exists()
