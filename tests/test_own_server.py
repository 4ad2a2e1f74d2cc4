"""afterparty.own_server: however the command ends, its server does not outlive it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from afterparty.own_server import all_as_ctrl_c

ROOT = Path(__file__).parents[1]

COMMAND = """
import signal, sys
from pathlib import Path
from afterparty.own_server import own_server
with own_server(0, Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    signal.pause()
"""


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@contextmanager
def _command(tmp_path: Path, passes_over: str = "") -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A command that has a server, and that server's process."""
    words = [sys.executable, "-c", COMMAND, str(tmp_path / "data")]
    shell = ["sh", "-c", f'trap "" {passes_over}; exec "$@"', "sh"] if passes_over else []
    environment = os.environ | {"PYTHONPATH": str(ROOT / "server")}
    with subprocess.Popen(
        [*shell, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        server = int(process.stdout.readline())
        try:
            yield process, server
        finally:
            process.kill()
            with suppress(ProcessLookupError):
                os.kill(server, signal.SIGKILL)


def _ends(process: subprocess.Popen[str], server: int) -> bool:
    """Whether the command ends as by Ctrl-C, and its server with it."""
    _, said = process.communicate(timeout=30)
    return "KeyboardInterrupt" in said and _gone(server)


@pytest.mark.usefixtures("hears_all")
@pytest.mark.parametrize(
    ("number", "passes_over"),
    [
        (signal.SIGINT, ""),
        (signal.SIGTERM, ""),
        pytest.param(signal.SIGHUP, "INT", id="in the background of a shell"),
    ],
)
def test_the_server_is_stopped_with_its_command(
    tmp_path: Path, number: signal.Signals, passes_over: str
) -> None:
    with _command(tmp_path, passes_over) as (process, server):
        process.send_signal(number)
        assert _ends(process, server)


def test_what_is_passed_over_is_so_still_and_all_is_as_before_then() -> None:
    """As by ``nohup``."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        term = signal.getsignal(signal.SIGTERM)
        with all_as_ctrl_c():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is term
    finally:
        signal.signal(signal.SIGHUP, before)
