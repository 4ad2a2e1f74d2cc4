"""A Redis server of our own, for a node that was given none.

The folder is locked by two files. ``lock`` belongs to the process that embeds the server; a second
process is turned away. ``server.lock`` is inherited by the server itself, so it stays taken until
that server has really ended: a new one never starts while an orphan still writes.
"""

import asyncio
import errno
import fcntl
import logging
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from afterparty.store import lifeline
from afterparty.store.binary import find_server
from afterparty.store.errors import StoreError

log = logging.getLogger(__name__)

MAX_SOCKET_PATH = 100
"""Bytes; the kernel's limit is 104 (macOS) or 108 (Linux), with a terminator."""
MAX_LOG = 4 * 1024 * 1024
"""Bytes of server log after which a starting server begins a new file and keeps one old one."""
PATIENCE_S = 30.0
"""How long a server may take to answer at all, or to end, before it counts as stuck."""
POLL_S = 0.02


class EmbeddedStore:
    """Owns one server process on ``data_dir``; starts it again should it crash."""

    def __init__(self, data_dir: Path, binary: Path | None = None) -> None:
        """``binary``: the server to run; by default what ``find_server`` finds."""
        self.crashes = 0
        """How often the server ended without being asked to."""
        self._dir = data_dir.absolute()
        self._binary = binary
        self._lock: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id, while one is running."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    async def start(self) -> str:
        """Start the server and return its URL (``unix://...``), once it answers.

        Raises StoreError: ``data_in_use``, ``no_server``, ``server_failed``.
        """
        self._binary = self._binary or find_server()
        self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _try_lock(self._dir / "lock")
        if self._lock is None:
            raise StoreError("data_in_use", f"Another process is using {self._dir}.")
        try:
            await self._launch(self._binary)
        except BaseException:
            await self.stop()
            raise
        self._supervisor = asyncio.create_task(self._supervise(self._binary), name="embedded store")
        return f"unix://{quote(str(self._socket))}"

    async def stop(self) -> None:
        """End the server in good order and free the folder. Again is no change."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
            self._supervisor = None
        if self._process is not None:
            await _end(self._process)
            self._process = None
        if self._lock is not None:
            self._forget_socket()
            os.close(self._lock)
            self._lock = None

    async def _supervise(self, binary: Path) -> None:
        pause = POLL_S
        while True:
            assert self._process is not None  # noqa: S101 -- for the type checker: start() set it
            code = await self._process.wait()
            self.crashes += 1
            log.error("the embedded server has ended with %s; starting it again", code)
            while True:
                try:
                    await self._launch(binary)
                    pause = POLL_S
                    break
                except (StoreError, OSError) as error:
                    log.error("the embedded server does not start: %s", error)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 5.0)

    async def _launch(self, binary: Path) -> None:
        """Start one server process and wait until it answers."""
        held = await self._outlive_orphan()
        try:
            self._make_socket_place()
            _rotate(self._dir / "server.log")
            with (self._dir / "server.log").open("ab") as output:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-S", lifeline.__file__, str(os.getpid()), str(binary)),
                    *self._settings(),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=(held,),
                    start_new_session=True,  # a Ctrl-C at the terminal is ours to handle
                )
        finally:
            os.close(held)  # the server keeps its copy
        await self._answering(self._process)

    def _settings(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._dir),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",  # an acknowledged event is on the disk
            "aof-load-truncated": "yes",
            "maxmemory-policy": "noeviction",
        }
        return [word for name, value in settings.items() for word in (f"--{name}", value)]

    async def _answering(self, process: asyncio.subprocess.Process) -> None:
        silent_until = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            answer = await _ask(self._socket, b"PING")
            if answer.startswith(b"+PONG"):
                return
            now = asyncio.get_running_loop().time()
            if answer:  # it is loading its data, which takes as long as it takes
                silent_until = now + PATIENCE_S
            if process.returncode is not None or now > silent_until:
                raise StoreError(
                    "server_failed",
                    f"The server {self._binary} does not start; its last words in "
                    f"{self._dir / 'server.log'}: {_tail(self._dir / 'server.log')}",
                )
            await asyncio.sleep(POLL_S)

    async def _outlive_orphan(self) -> int:
        """Take ``server.lock``, shutting down a server of a process that ended before us."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while (held := _try_lock(self._dir / "server.lock")) is None:
            if asyncio.get_running_loop().time() > deadline:
                raise StoreError(
                    "server_failed",
                    f"An earlier server still runs on {self._dir} and will not end.",
                )
            await _ask(
                self._socket, b"SHUTDOWN NOSAVE"
            )  # the append-only file is flushed all the same
            await asyncio.sleep(POLL_S)
        return held

    # A socket's path is short by law. Where the folder's is too long, ``socket-dir`` in it links
    # to a folder that is not.

    @property
    def _socket(self) -> Path:
        own = self._dir / "redis.sock"
        if len(os.fsencode(own)) <= MAX_SOCKET_PATH:
            return own
        link = self._dir / "socket-dir"
        return (link.readlink() if link.is_symlink() else link) / "redis.sock"

    def _make_socket_place(self) -> None:
        if self._socket.parent == self._dir or (
            self._socket.parent.is_dir() and self._socket.parent.stat().st_uid == os.getuid()
        ):
            return
        link = self._dir / "socket-dir"
        link.unlink(missing_ok=True)
        link.symlink_to(tempfile.mkdtemp(prefix="afterparty-"))

    def _forget_socket(self) -> None:
        link = self._dir / "socket-dir"
        if link.is_symlink():
            shutil.rmtree(link.readlink(), ignore_errors=True)
            link.unlink()


def _try_lock(path: Path) -> int | None:
    """An open, exclusively locked file descriptor, or None if somebody else holds the lock."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return None
        raise
    return descriptor


async def _ask(socket: Path, command: bytes) -> bytes:
    """Send one inline command, return the first line of the answer; empty if there is none."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(1.0):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            try:
                writer.write(command + b"\r\n")
                return await reader.readline()
            finally:
                writer.close()
    return b""


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(PATIENCE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _rotate(path: Path) -> None:
    if path.exists() and path.stat().st_size > MAX_LOG:
        path.replace(path.with_suffix(".log.1"))


def _tail(path: Path) -> str:
    lines = path.read_text("utf-8", "replace").splitlines()[-5:] if path.exists() else []
    return " / ".join(line.strip() for line in lines if line.strip())
