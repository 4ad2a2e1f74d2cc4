"""afterparty.own_server: however the command ends, its server does not outlive it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("number", "in_background"),
    [(signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGHUP, True)],
)
def test_the_server_is_stopped_with_its_command(
    tmp_path: Path, number: signal.Signals, in_background: bool
) -> None:
    """In the background of a shell, Ctrl-C is passed over."""
    command = [sys.executable, "-c", COMMAND, str(tmp_path / "data")]
    if in_background:
        command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "server")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        server = int(process.stdout.readline())
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
        assert process.returncode not in (0, None)
    assert "KeyboardInterrupt" in said
    assert _gone(server)
