"""Janus of Debian's package, where it is installed: its Streaming plugin, with one Opus mountpoint.

Everything it is configured with is written here, into a folder that goes with it: no plugin but
this, no event handlers, ICE-lite, as many event loops as there are cores, one address to listen at.
"""

import asyncio
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from afterparty.client import rtp, sdp
from afterparty.client.opus import OpusEncoder
from afterparty.loadtest.speaker import programme
from bench.child import asked, beside
from bench.rivals.adapter import MOUNTPOINT
from bench.rivals.endpoint import READY
from bench.rivals.rival import TONES, Rival
from bench.server import end, running

BINARY = "janus"
PLUGIN = "libjanus_streaming.so"
TRANSPORT = "libjanus_websockets.so"


def is_installed() -> bool:
    """Whether there is a Janus to be run."""
    return shutil.which(BINARY) is not None


@asynccontextmanager
async def running_janus() -> AsyncIterator[Rival]:
    """Start Janus, somebody who plays into it, and the adapter. RuntimeError if that fails."""
    web, sound, own = _free_port(socket.SOCK_STREAM), _free_port(socket.SOCK_DGRAM), _own_address()
    command = (sys.executable, "-m", "bench.rivals.adapter", f"ws://127.0.0.1:{web}", own)
    with (
        _janus(web, sound, own) as pid,
        running(command, READY) as (found, _),
    ):
        async with beside(feed, sound):
            # Its ICE library sends by one interface only, never loopback: 127/8 is out of reach.
            yield Rival(version(), found[1], pid, many_on_one=False)


def version() -> str:
    """Such as ``Janus 1.1.2``."""
    told = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=False)
    found = re.search(r"Janus version: \d+ \((\S+)\)", told.stdout)
    return f"Janus {found[1]}" if found else "Janus"


async def feed(pipe: Connection, port: int) -> None:
    """Child process: RTP to the mountpoint, a packet every 20 ms."""
    pipe.send("here")
    playing = asyncio.create_task(_play(port))
    async for _ in asked(pipe):
        pipe.send("here")
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)


async def _play(port: int) -> None:
    sound, encoder = programme(TONES), OpusEncoder()
    step = rtp.TICK_SAMPLES
    packets = [encoder.encode(sound[at : at + step]) for at in range(0, len(sound), step)]
    loop = asyncio.get_running_loop()
    began, number = loop.time(), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        while True:
            packet = rtp.build(
                packets[number % len(packets)],
                payload_type=sdp.PAYLOAD_TYPE,
                sequence=number,
                timestamp=number * step,
                ssrc=1,
            )
            with contextlib.suppress(ConnectionRefusedError):  # it is about to stop
                out.sendto(packet, ("127.0.0.1", port))
            number += 1
            await asyncio.sleep(began + number * 0.02 - loop.time())


@contextmanager
def _janus(web: int, sound: int, own: str) -> Iterator[int]:
    """The process, with files that are gone afterwards; yields its id."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as log:
        folder = Path(name)
        for file, text in configuration(web, sound, own, _folders()).items():
            (folder / file).write_text(text)
        process = subprocess.Popen(
            [BINARY, "--configs-folder", name, "--disable-colors"], stdout=log, stderr=log
        )
        with process:
            try:
                yield process.pid
            finally:
                end(process)


def configuration(
    web: int, sound: int, address: str, folders: Sequence[Path] = ()
) -> dict[str, str]:
    """Janus' files by name: for these ports and this address, and the plugins in these folders."""
    names = {path.name for folder in folders for path in folder.glob("libjanus_*.so")}
    others = ",".join(sorted(names - {PLUGIN, TRANSPORT}))
    return {
        "janus.jcfg": f"""\
general: {{ debug_level = 2, event_loops = {os.cpu_count() or 1} }}
nat: {{ ice_lite = true, ice_enforce_list = "{address}" }}
plugins: {{ disable = "{others}" }}
transports: {{ disable = "{others}" }}
loggers: {{ disable = "{others}" }}
""",
        "janus.transport.websockets.jcfg": f"""\
general: {{ json = "compact", ws = true, ws_ip = "127.0.0.1", ws_port = {web} }}
""",
        "janus.plugin.streaming.jcfg": f"""\
chord: {{
    type = "rtp", id = {MOUNTPOINT}
    media = ( {{
        type = "audio", mid = "0", codec = "opus"
        port = {sound}, pt = {sdp.PAYLOAD_TYPE}
    }} )
}}
""",
    }


def _folders() -> list[Path]:
    """Where Debian's package keeps plugins, transports and loggers."""
    return [path for path in Path("/usr/lib").glob("*/janus/*") if path.is_dir()]


def _own_address() -> str:
    """Our address in the network, as Janus takes no loopback interface. Nothing is sent to find it,
    and what we send to it ourselves does not leave the machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as looking:
        looking.connect(("192.0.2.1", 9))  # RFC 5737: nobody's
        return str(looking.getsockname()[0])


def _free_port(kind: socket.SocketKind) -> int:
    """A port that was free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
