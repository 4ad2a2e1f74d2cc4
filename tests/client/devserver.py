"""A real server in a process of its own, for tests that speak to it over the network only."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "server"


@contextmanager
def devserver(data: Path, **settings: str) -> Iterator[str]:
    """A server in development mode on free ports; answers its URL, stops it in the end.

    ``settings`` are environment variables, without ``AFTERPARTY_``.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AFTERPARTY_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "afterparty", "serve", "--dev", "--port", "0", "--data", data],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=kept
        | {f"AFTERPARTY_{k}": v for k, v in settings.items()}
        | {"PYTHONPATH": str(PACKAGE)},
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "the server did not start"
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=20)
