"""Where this machine has a Chromium, and one that several tests share."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import playwright

from afterparty.store import lifeline

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)
"""``None``: where Playwright keeps its own."""

_DRIVER = Path(playwright.__file__).parent / "driver"


class SharedChromium:
    """One browser process, started when it is first asked for, and anew should it have died.

    Each connection to it sees only the contexts that it made itself, and they end with it.
    """

    def __init__(self, flags: Sequence[str]) -> None:
        self._flags = flags
        self._process: subprocess.Popen[str] | None = None
        self._address = ""

    def address(self) -> str:
        """Where to connect."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        return self._address

    def _start(self) -> None:
        settings = {"headless": True, "args": list(self._flags)}
        if CHROMIUM is not None:
            settings["executablePath"] = CHROMIUM
        # Should the tests be killed, the browser ends with them.
        command = [sys.executable, "-I", "-S", lifeline.__file__, str(os.getpid())]
        command += [str(_DRIVER / "node"), str(_DRIVER / "package" / "cli.js")]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
            json.dump(settings, config)
            config.flush()
            command += ["launch-server", "--browser", "chromium", "--config", config.name]
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            assert self._process.stdout is not None
            self._address = self._process.stdout.readline().strip()
        assert self._address.startswith("ws://"), self._address

    def close(self) -> None:
        """End the browser, if there is one."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=30)
            self._process = None
