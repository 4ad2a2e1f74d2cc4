"""One stack for all tests of a run: built, started, and taken down again whatever happens."""

import signal
from collections.abc import Iterator

import pytest
from tests.compose.stack import Stack, command, official_images


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Redis, two nodes and the front door, healthy."""
    command("docker", "version", "--format", "{{.Server.Version}}", seconds=20)
    found = Stack(official=official_images())
    # SIGTERM, as from a CI that is out of time, takes the stack down as Ctrl-C does.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    ran = False
    try:
        found.down()  # what a run that was killed may have left
        found.build()
        found.up()
        ran = True
        yield found
    finally:
        try:
            if not ran or request.session.testsfailed:
                found.tell()
        finally:
            found.down()
            signal.signal(signal.SIGTERM, before)
