import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from afterparty.store.embedded import MAX_LOG, EmbeddedStore, _try_lock
from afterparty.store.errors import StoreError
from afterparty.store.log import RoomLog
from afterparty.store.servers import client

# A process that embeds a store and says on stdout what has been acknowledged.
WRITER = """
import asyncio, sys
from pathlib import Path
from afterparty.store.servers import client
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.log import RoomLog

async def main():
    store = EmbeddedStore(Path(sys.argv[1]), Path(sys.argv[2]))
    async with client(await store.start()) as redis:
        print(store.pid, flush=True)
        version = 0
        while True:
            version = await RoomLog(redis).commit("s", "r", version, [b"event %d" % (version + 1)])
            print(version, flush=True)

asyncio.run(main())
"""


async def start_writer(folder: Path, binary: Path) -> tuple[asyncio.subprocess.Process, int]:
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WRITER, str(folder), str(binary)),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert writer.stdout
    return writer, int(await writer.stdout.readline())


async def kill_in_mid_write(writer: asyncio.subprocess.Process) -> int:
    """SIGKILL the writer; returns the last version that it saw acknowledged."""
    assert writer.stdout
    for _ in range(50):
        await writer.stdout.readline()
    writer.kill()
    rest = (await writer.stdout.read()).split(b"\n")
    await writer.wait()
    return max([50, *(int(line) for line in rest[:-1])])


async def check_events(url: str, acknowledged: int) -> None:
    async with client(url) as redis:
        events = await RoomLog(redis).read("s", "r", limit=1_000_000)
    assert len(events) in (acknowledged, acknowledged + 1)  # the last answer may not have arrived
    assert events == [(n, b"event %d" % n) for n in range(1, len(events) + 1)]


async def test_data_outlives_a_restart(embedded: EmbeddedStore) -> None:
    for n in range(3):
        url = await embedded.start()
        async with client(url) as redis:
            assert await RoomLog(redis).commit("s", "r", n, [b"x"]) == n + 1
        await embedded.stop()
        await embedded.stop()
        assert embedded.pid is None
    assert embedded.crashes == 0


async def test_the_server_keeps_to_its_settings(embedded: EmbeddedStore) -> None:
    async with client(await embedded.start()) as redis:
        settings = await redis.config_get("*")
    wanted = {
        "port": "0",
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
        "aof-load-truncated": "yes",
        "unixsocketperm": "700",
    }
    known = {
        (k.decode() if isinstance(k, bytes) else k): (v.decode() if isinstance(v, bytes) else v)
        for k, v in settings.items()
    }
    assert {name: known[name] for name in wanted} == wanted


async def test_what_was_acknowledged_outlives_the_death_of_the_process(
    tmp_path: Path, binary: Path, embedded: EmbeddedStore
) -> None:
    writer, _ = await start_writer(tmp_path / "data", binary)
    acknowledged = await kill_in_mid_write(writer)
    await check_events(await embedded.start(), acknowledged)


async def test_a_new_server_waits_until_an_orphan_has_ended(
    tmp_path: Path, binary: Path, embedded: EmbeddedStore
) -> None:
    """The orphan is held in the midst of its ending: stopped, with the signal to end pending."""
    writer, server = await start_writer(tmp_path / "data", binary)
    os.kill(server, signal.SIGSTOP)
    writer.kill()
    assert writer.stdout
    acknowledged = len((await writer.stdout.read()).split())
    await writer.wait()
    starting = asyncio.create_task(embedded.start())
    for _ in range(20):
        await asyncio.sleep(0)
    assert _try_lock(tmp_path / "data" / "server.lock") is None
    assert not starting.done()
    os.kill(server, signal.SIGCONT)
    await check_events(await starting, acknowledged)
    assert embedded.pid != server


async def test_an_orphan_that_still_serves_is_shut_down(
    tmp_path: Path, binary: Path, embedded: EmbeddedStore
) -> None:
    """As where the kernel does not end a server with its parent: one that nobody owns."""
    folder = tmp_path / "data"
    await embedded.start()
    settings = embedded._settings()
    await embedded.stop()
    shutil.rmtree(folder / "socket-dir", ignore_errors=True)
    held = _try_lock(folder / "server.lock")
    assert held is not None
    orphan = await asyncio.create_subprocess_exec(
        str(binary), *settings, pass_fds=(held,), stdout=asyncio.subprocess.DEVNULL
    )
    os.close(held)
    socket = Path(settings[settings.index("--unixsocket") + 1])
    async with client(f"unix://{socket}") as redis:
        assert await RoomLog(redis).commit("s", "r", 0, [b"event 1"]) == 1
    url = await embedded.start()
    assert await orphan.wait() == 0
    await check_events(url, 1)


async def test_a_torn_end_of_the_file_is_left_out(tmp_path: Path, embedded: EmbeddedStore) -> None:
    async with client(await embedded.start()) as redis:
        await RoomLog(redis).commit("s", "r", 0, [b"event 1", b"event 2"])
    await embedded.stop()
    (last,) = (tmp_path / "data" / "appendonlydir").glob("*.incr.aof")
    with last.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$3\r\nhal")
    await check_events(await embedded.start(), 2)


async def test_a_second_process_is_turned_away(
    tmp_path: Path, binary: Path, embedded: EmbeddedStore
) -> None:
    writer, _ = await start_writer(tmp_path / "data", binary)
    with pytest.raises(StoreError) as refusal:
        await embedded.start()
    assert refusal.value.code == "data_in_use"
    writer.kill()
    await writer.wait()


async def test_a_server_that_crashes_is_started_again(embedded: EmbeddedStore) -> None:
    async with client(await embedded.start()) as redis:
        log, first = RoomLog(redis), embedded.pid
        assert await log.commit("s", "r", 0, [b"event 1"]) == 1
        assert first
        os.kill(first, signal.SIGKILL)
        assert await log.commit("s", "r", 1, [b"event 2"]) == 2
        assert embedded.crashes == 1
        assert embedded.pid not in (None, first)


async def test_a_folder_with_a_long_name(tmp_path: Path, binary: Path) -> None:
    folder = tmp_path / ("long" * 30) / "data"
    store = EmbeddedStore(folder, binary)
    for n in range(2):
        url = await store.start()
        place = (folder / "socket-dir").readlink()
        assert place.stat().st_mode & 0o777 == 0o700
        async with client(url) as redis:
            assert await RoomLog(redis).commit("s", "r", n, [b"x"]) == n + 1
        await store.stop()
        assert not place.exists()


async def test_a_server_that_does_not_start_says_why(tmp_path: Path, binary: Path) -> None:
    store = EmbeddedStore(tmp_path / "data", binary)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "appendonlydir").write_text("in the way")
    with pytest.raises(StoreError, match=r"server_failed.*appendonlydir"):
        await store.start()
    (tmp_path / "data" / "appendonlydir").unlink()
    await store.start()
    await store.stop()


async def test_the_server_log_does_not_grow_for_ever(
    tmp_path: Path, embedded: EmbeddedStore
) -> None:
    (tmp_path / "data").mkdir()
    log = tmp_path / "data" / "server.log"
    log.write_bytes(b"x" * (MAX_LOG + 1))
    await embedded.start()
    assert log.stat().st_size < MAX_LOG
    assert (tmp_path / "data" / "server.log.1").stat().st_size == MAX_LOG + 1
