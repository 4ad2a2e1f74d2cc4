"""``afterparty loadtest``: what is refused before anything is sent, and what is tidied up after."""

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console
from tests.loadtest.fake import work
from tests.loadtest.test_swarm import PLAN

from afterparty.loadtest import swarm
from afterparty.loadtest.command import run
from afterparty.own_server import own_server

COMMAND = (sys.executable, "-m", "afterparty", "loadtest")
ROOT = Path(__file__).parents[2]


def environment(**more: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'server'}:{ROOT}",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def test_a_strangers_server_is_refused_before_a_packet(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--url", "http://192.0.2.1:8080", "--report", str(tmp_path / "r")],
        capture_output=True, text=True, timeout=60, env=environment(), check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--i-own-this-server" in done.stderr
    assert not (tmp_path / "r").exists()


def test_nobody_is_called_when_the_plan_is_wrong(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        done = subprocess.run(
            [*COMMAND, "--url", url, "--lane", "60", "--report", str(tmp_path / "r")],
            capture_output=True, text=True, timeout=60, env=environment(), check=False,
        )  # fmt: skip
        assert done.returncode == 2
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_server_that_is_not_there_cannot_be_judged(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--url", "http://127.0.0.1:9", "--report", str(tmp_path / "r")],
        capture_output=True, text=True, timeout=60, env=environment(), check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "Not judged" in done.stdout
    assert json.loads((tmp_path / "r" / "report.json").read_text())["exit_code"] == 3


def test_a_run_tells_its_clauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(swarm, "SETTLE", 0.2)
    from dataclasses import replace

    plan = replace(PLAN, report=tmp_path, url=f"{PLAN.url}#lose=0.02")
    before = signal.getsignal(signal.SIGINT)
    assert run(plan, plan.url or "", None, Console(), work) == 1
    assert signal.getsignal(signal.SIGINT) is before
    told = capsys.readouterr().out
    assert "BROKEN received" in told
    assert "held   silence" in told
    assert "The service level broke with 40 simulated listeners: received." in told


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_broken_off_it_reports_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """A server of its own, real listeners, and a signal while they are being measured."""
    folder = tmp_path / "t"
    folder.mkdir()
    command = [
        *COMMAND, "--listeners", "5", "--rate", "50", "--hold", "600", "--workers", "1",
        "--report", str(tmp_path / "r"),
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        # What is set for another server must not reach the command's own.
        env=environment(TMPDIR=str(folder), AFTERPARTY_REDIS_URL="redis://127.0.0.1:9"),
    )
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if "measuring" in line:
                break
        children = _descendants(process.pid)
        process.send_signal(number)
        rest = process.stdout.read()
        assert process.wait(60) == 130
    assert "broken off" in rest
    body = json.loads((tmp_path / "r" / "report.json").read_text())
    assert body["interrupted"] is True
    assert body["steps"][0]["measured"]["measured"] == 5
    assert not list(folder.iterdir())
    ends = time.monotonic() + 30
    while children and time.monotonic() < ends:
        children = [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert not children


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_server_slowed_on_purpose_fails_at_the_usual_service_level(tmp_path: Path) -> None:
    """While it is measured, the server has one fifth of the time."""
    with own_server(0, tmp_path / "data") as server:
        command = [
            *COMMAND, "--url", server.url, "--listeners", "10", "--rate", "50", "--hold", "6",
            "--workers", "1", "--report", str(tmp_path / "r"),
        ]  # fmt: skip
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment()
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if "measuring" in line:
                    break
            turns = itertools.cycle([(signal.SIGSTOP, 0.4), (signal.SIGCONT, 0.1)])
            try:
                # It prints little more than its verdict, which the pipe has room for.
                while process.poll() is None:
                    number, seconds = next(turns)
                    os.kill(server.pid, number)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(seconds)
            finally:
                os.kill(server.pid, signal.SIGCONT)
            told = process.stdout.read()
    assert process.returncode == 1, told
    assert "BROKEN silence" in told
    body = json.loads((tmp_path / "r" / "report.json").read_text())
    assert body["ruling"] == "broken"
    (step,) = body["steps"]
    assert step["measured"]["silences"][0] >= 0.25, "everybody waited, not one unlucky listener"


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *_descendants(child)]
    return found
