"""The stack of docker-compose.yml, driven by ``docker compose`` as its users do.

Every command is said aloud and has a limit. Must not touch any project but its own, nor look into
a container by other ways than Docker's.
"""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PROJECT = "afterparty-test"
URL = "http://127.0.0.1:8080"
NODES = ("node-a", "node-b")

_FILES = ("docker-compose.yml", "tests/compose/docker-compose.stand-ins.yml")
_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("AFTERPARTY_", "COMPOSE_"))
} | {"BUILDKIT_PROGRESS": "plain"}

# Run in a node's container: what a URL answers.
_ASK = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=5).read().decode())"


class StackError(Exception):
    """A command failed or took too long; its output has been printed."""


class Stack:
    """Containers of one project. ``official``: every image comes from its registry."""

    def __init__(self, *, official: bool) -> None:
        files = _FILES[:1] if official else _FILES
        self.official = official
        self._compose = ("docker", "compose", "--project-name", PROJECT)
        self._compose += tuple(word for file in files for word in ("--file", file))
        say(f"compose: {' '.join(self._compose)}")

    def run(self, *words: str, seconds: float, fails: bool = False) -> str:
        """``docker compose …``; what it printed. Raises ``StackError`` unless it ``fails``."""
        return command(*self._compose, *words, seconds=seconds, fails=fails, told=words)

    def build(self) -> None:
        """Build what is to be built, all at once."""
        self.run("--profile", "observe", "build", "--quiet", seconds=300)

    def up(self, *services: str) -> None:
        """Start, and wait until all is healthy."""
        self.run("up", "--detach", "--wait", "--wait-timeout", "90", *services, seconds=120)

    def down(self) -> None:
        """Take everything down, volumes too."""
        everything = ("--profile", "*", "down", "--volumes", "--remove-orphans")
        self.run(*everything, "--timeout", "10", seconds=120)

    def tell(self) -> None:
        """Say how the containers are and what they logged last."""
        say(self.run("--profile", "*", "ps", "--all", seconds=20, fails=True))
        say(self.run("logs", "--no-color", "--tail", "60", seconds=20, fails=True))

    def containers(self) -> dict[str, dict[str, Any]]:
        """What Docker says of each running container, by service."""
        idents = self.run("ps", "--quiet", seconds=20).split()
        told = json.loads(command("docker", "inspect", *idents, seconds=20))
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in told}

    def inside(self, service: str, *words: str, fails: bool = False) -> str:
        """Run something in a service's container; what it printed."""
        return self.run("exec", "-T", service, *words, seconds=30, fails=fails).strip()

    def ask(self, node: str, path: str) -> str:
        """What a node answers to a GET from inside the network, past the front door."""
        return self.inside(node, "python3", "-c", _ASK, f"http://{node}:8080{path}")

    def figures(self, node: str) -> dict[str, float]:
        """A node's own metrics by name, those without labels."""
        lines = self.ask(node, "/metrics").splitlines()
        told = (line.split(" ") for line in lines if line[0] != "#" and "{" not in line)
        return {name: float(value) for name, value in told}

    def connections(self, node: str) -> int:
        """How many WebSocket connections a node holds."""
        return int(self.figures(node)["afterparty_connections"])


def command(*words: str, seconds: float, fails: bool = False, told: tuple[str, ...] = ()) -> str:
    """Run one command at the project's root, say so, and return what it wrote to stdout.

    Raises:
        StackError: it failed (unless it may: ``fails``), or took longer than ``seconds``.
    """
    began = time.monotonic()
    say(f"compose {' '.join(told)}" if told else " ".join(words))
    try:
        done = subprocess.run(
            words, cwd=ROOT, env=_ENVIRONMENT, timeout=seconds,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        say(f"{late.stdout!r}\n{late.stderr!r}")
        raise StackError(f"not done after {seconds:g} s: {' '.join(words)}") from None
    say(f"  {time.monotonic() - began:.1f} s, exit code {done.returncode}")
    if done.returncode and not fails:
        say(f"{done.stdout[-8000:]}\n{done.stderr[-8000:]}")
        raise StackError(f"exit code {done.returncode}: {' '.join(words)}")
    return done.stdout


def official_images() -> bool:
    """Whether a registry can be reached, so that no stand-ins are needed."""
    probe = ("docker", "pull", "--quiet", "haproxy:3.2-alpine")
    try:
        found = subprocess.run(probe, capture_output=True, timeout=60, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        found = False
    say("Images come from their registry." if found else "No registry: stand-ins are built.")
    return found


def say(text: str) -> None:
    """Tell whoever watches."""
    print(text, flush=True)
