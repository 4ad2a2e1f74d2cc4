"""A server for one command: started as a process of its own, and stopped when the command ends."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

STOP_SECONDS = 15.0
"""How long the server may take to go down in order."""

QUIET = {"PYTHONUNBUFFERED": "1", "AFTERPARTY_LOG_LEVEL": "warning"}
"""What its environment has if nothing else is said: it shares a terminal with the command."""

_ENDS = (signal.SIGTERM, signal.SIGHUP)

_READY = re.compile(r"Afterparty is at (\S+) ")


class ServerFailedError(Exception):
    """The server did not start; it has said why on standard error."""


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A server that runs."""

    url: str
    pid: int


@contextmanager
def own_server(
    port: int, data: Path, environment: Mapping[str, str] | None = None
) -> Iterator[OwnServer]:
    """Run ``afterparty serve --dev``; yields once it is ready.

    ``environment`` is what its environment has besides ours.

    Raises:
        ServerFailedError: it ended before it was ready.
    """
    command = [sys.executable, "-m", "afterparty", "serve", "--dev"]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [*command, "--port", str(port), "--data", str(data)],
        stdout=subprocess.PIPE,
        text=True,
        env={**QUIET, **os.environ, **(environment or {})},
        start_new_session=True,  # Ctrl-C is for the command, which then stops the server
    )
    with process, all_as_ctrl_c():
        try:
            ready = _READY.match(process.stdout.readline()) if process.stdout else None
            if ready is None:
                raise ServerFailedError("The server did not start.")
            yield OwnServer(ready[1], process.pid)
        finally:
            _stop(process)


@contextmanager
def all_as_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and a closed terminal do what Ctrl-C does, or the server would outlive them.

    What is passed over is passed over still, as a closed terminal by ``nohup``.
    """
    if threading.current_thread() is not threading.main_thread():  # no other has signals
        yield
        return
    heard = [number for number in _ENDS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _as_ctrl_c) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _as_ctrl_c(_: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):  # in the background of a shell Ctrl-C is passed over
        raise KeyboardInterrupt
    handler(signal.SIGINT, frame)


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
