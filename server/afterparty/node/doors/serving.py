"""Runs a node under uvicorn: sockets, signals, logs, and the order of going down."""

import asyncio
import contextlib
import signal
import socket as sockets
import sys
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
import uvloop

from afterparty.node.doors.app import create_app
from afterparty.node.doors.httpprotocol import HttpProtocol
from afterparty.node.doors.wsprotocol import WebSocketProtocol
from afterparty.node.drain import drain
from afterparty.node.ground import garbage
from afterparty.node.ground.logs import log_as_json
from afterparty.node.ground.settings import Settings, SettingsError
from afterparty.store.errors import StoreError
from afterparty.wire.messages import MESSAGE_LIMIT

PING_SECONDS = 4.0
"""How often a WebSocket is pinged."""

PONG_SECONDS = 4.0
"""How long its answer may take."""

BACKLOG = 4096
"""Connections that may wait to be accepted."""

SEND_BUFFER = 128 * 1024
"""Bytes that the kernel is asked to hold for one socket: left to itself it takes megabytes for
each client that does not read."""

GOODBYE_SECONDS = 5
"""How long sockets may take to close when the server goes down."""


class _Server(uvicorn.Server):
    """Goes down in order: sends its members on, closes their sockets, then lets the node close.

    Asked a second time, it stops at once.
    """

    def __init__(self, config: uvicorn.Config, drain_seconds: float) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._hurry = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM as a wish to stop, and do not raise them again afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._asked_to_stop)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _asked_to_stop(self) -> None:
        if self.should_exit:
            self.force_exit = True
            self._hurry.set()
        self.should_exit = True

    async def shutdown(self, sockets: list[sockets.socket] | None = None) -> None:
        app: Any = self.config.app
        # uvicorn would close the sockets at once, before the last message is out.
        await drain(app.state.node, self._drain_seconds, self._hurry)
        await super().shutdown(sockets)


async def serve(settings: Settings, ready: Callable[[str, int], None]) -> None:
    """Serve until told to stop. ``ready`` is called with the address and the UDP port.

    Raises:
        StoreError, OSError: the node could not be started.
    """
    listening = sockets.create_server(
        (settings.host, settings.port), backlog=BACKLOG, reuse_port=False
    )
    with listening:
        # Whatever is accepted here has the same.
        listening.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, SEND_BUFFER)
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            http=HttpProtocol,
            ws=WebSocketProtocol,
            ws_max_size=MESSAGE_LIMIT,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PONG_SECONDS,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_graceful_shutdown=GOODBYE_SECONDS,
        )
        async with app.router.lifespan_context(app):
            host = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0") else settings.host  # noqa: S104 - compared, not bound
            garbage.begin()
            ready(f"http://{host}:{listening.getsockname()[1]}", app.state.node.sound.port)
            await _Server(config, settings.drain_seconds).serve([listening])


def notices(settings: Settings) -> list[str]:
    """What whoever starts a server with these settings should know."""
    found = []
    if settings.announced() == ("127.0.0.1",) and settings.media_host != "127.0.0.1":
        found.append(
            "Sound is announced at 127.0.0.1: only browsers on this machine will hear. "
            "Say --announce ADDRESS for others."
        )
    if settings.dev:
        found.append(
            "Development mode: this server is OPEN. Anybody who reaches it may take any name."
        )
    return found


def run(settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C; the process's exit code."""
    log_as_json(settings.log_level)

    def ready(url: str, media_port: int) -> None:
        print(f"Afterparty is at {url} (sound on UDP port {media_port})", flush=True)
        for notice in notices(settings):
            print(notice, flush=True)

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, ready))
    except (StoreError, SettingsError) as error:
        print(f"afterparty: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"afterparty: a port or folder cannot be used: {error}", file=sys.stderr)
        return 1
    return 0
