"""Recordings of real rooms: what is in them by spectrum, while they are written and afterwards, and
that nothing is left of one that was deleted."""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from tests.e2e.conftest import Evening, Nodes, Server, loudness, open_evening, several_nodes, tone
from tests.media.tape import test_chunk

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.client.mouth import Mouth
from afterparty.client.session import Session
from afterparty.media.tape.chunk import chunks_of, encode
from afterparty.wire.bodies import CreateRoom
from afterparty.wire.recordings import RecordingView

pytestmark = pytest.mark.timeout(120)

HOST, SPEAKER = 437.0, 719.0
HEARD, NOT_HEARD = 0.3, 0.01
ASTRAY = 0.4
"""Seconds between a client's saying something and its being mixed, at most."""


@dataclass
class Said:
    """Who spoke from when until when, as their own client knows."""

    member: str
    hz: float
    from_: float
    to: float


def decoded(data: bytes) -> np.ndarray:
    """The samples of an Ogg file, by FFmpeg."""
    with av.open(io.BytesIO(data)) as file:
        frames = [frame.to_ndarray() for frame in file.decode(audio=0)]
    return np.concatenate(frames, axis=1)[0] if frames else np.zeros(0)


def chapters(data: bytes) -> list[tuple[float, str]]:
    """The chapters of an Ogg file, by FFmpeg."""
    with av.open(io.BytesIO(data)) as file:
        return [(float(c["start"] * c["time_base"]), c["metadata"]["title"])
                for c in file.chapters()]  # fmt: skip


def tags(data: bytes) -> dict[str, str]:
    with av.open(io.BytesIO(data)) as file:
        return {k.upper(): v for k, v in {**file.metadata, **file.streams[0].metadata}.items()}


async def recorded(
    evening: Evening, name: str = "rec", stage: tuple[str, ...] = ("speaker",)
) -> str:
    """Make a live room that is recorded."""
    room = f"{evening.show}-{name}"
    body = {"room": room, "kind": "space", "title": "On tape", "recording": True,
            "stage": [{"member": member} for member in stage]}  # fmt: skip
    await evening.host.create_room(evening.show, CreateRoom.model_validate(body))
    await evening.host.command(room, "open")
    return room


async def joined(evening: Evening, room: str, who: str, **more: Any) -> Session:
    """Come in, ready to be heard."""
    session = await evening.join(who, room, **more)
    await session.command("unmute")
    await session.listen()
    return session


async def say(session: Session, hz: float, seconds: float) -> Said:
    """Speak a tone, and a moment of silence."""
    assert session.peer is not None
    began = time.time()
    await Mouth().say(session.peer, tone(hz, seconds))
    ended = time.time()
    await asyncio.sleep(1.5)
    return Said(session.welcome.you.member, hz, began, ended)


async def until(evening: Evening, room: str, state: str) -> RecordingView:
    """Wait until a recording is in that state."""
    async with asyncio.timeout(20):
        while (found := await evening.host.recording(room)).state != state:  # noqa: ASYNC110 - asked of the server
            await asyncio.sleep(0.1)
    return found


def is_where_it_was_said(sound: np.ndarray, started_at: float, *all_said: Said) -> None:
    """Each tone is heard while it was said, and before and after it is not."""
    for said in all_said:
        low, high = said.from_ - started_at, said.to - started_at
        within = sound[int((low + ASTRAY) * 48_000) : int((high - 0.1) * 48_000)]
        assert len(within) > 24_000
        assert loudness(within, said.hz) > HEARD, said
        before = sound[: max(0, int(low * 48_000))]
        after = sound[int((high + ASTRAY + 0.2) * 48_000) :]
        for others in (before, after):
            assert loudness(others, said.hz) < NOT_HEARD, said


def is_marked(found: RecordingView, *all_said: Said) -> None:
    """The marks say who spoke when, and of nobody else."""
    assert [mark.member for mark in found.marks] == [said.member for said in all_said]
    for mark, said in zip(found.marks, all_said, strict=True):
        assert abs(mark.from_ - (said.from_ - found.started_at)) < ASTRAY
        # A voice is held for half a second after its last loud tick.
        assert abs(mark.to - (said.to - found.started_at)) < ASTRAY + 0.5


@asynccontextmanager
async def spoken(evening: Evening) -> AsyncIterator[tuple[str, list[Said]]]:
    """A recorded room that is live, in which two have spoken one after the other."""
    room = await recorded(evening)
    host, speaker = [await joined(evening, room, who) for who in ("host", "speaker")]
    said = [await say(host, HOST, 2.0), await say(speaker, SPEAKER, 2.0)]
    yield room, said


async def test_who_spoke_when_is_in_it(evening: Evening) -> None:
    async with spoken(evening) as (room, said):
        running = await evening.host.recording(room)
        assert running.state == "recording"
        assert running.simulated
        early = await evening.host.recording_ogg(room)  # playable while it is written
        is_where_it_was_said(decoded(early), running.started_at, *said)
        is_marked(running, *said)
        for refused in (evening.host.edit_recording(room, 1), evening.host.delete_recording(room)):
            with pytest.raises(ApiError, match="recording_running"):
                await refused
        await evening.host.command(room, "end")
        ended = time.time()
    found = await until(evening, room, "ready")
    data = await evening.host.recording_ogg(room)
    sound = decoded(data)
    is_where_it_was_said(sound, found.started_at, *said)
    is_marked(found, *said)
    assert abs(len(sound) / 48_000 - found.seconds) < 0.02
    assert abs(found.started_at + found.seconds - ended) < 1.0
    marks = [(mark.from_, mark.name) for mark in found.marks]
    assert [name for _, name in chapters(data)] == [name for _, name in marks]
    assert [at for at, _ in chapters(data)] == pytest.approx([at for at, _ in marks], abs=0.002)
    assert tags(data)["TITLE"] == "On tape"
    assert "Simulation" in tags(data)["COMMENT"]
    loud = next(dbov for at, dbov in found.levels if at > found.marks[0].from_ + 0.5)
    assert -30 < loud < 0
    assert min(dbov for _, dbov in found.levels) == -127
    assert found.levels[1][0] == 1.0


async def test_a_clip_is_what_it_says(evening: Evening) -> None:
    async with spoken(evening) as (room, said):
        found = await evening.host.recording(room)
        # Amid the host's words until after them; while the room is recorded.
        start = round(said[0].to - found.started_at - 1.0, 2)
        clip = await evening.host.create_clip(room, start, 3.0, "The best of it")
        assert (clip.room, clip.by, clip.title, clip.seconds) == (room, "host", "The best of it", 3)
        assert clip.start == pytest.approx(start, abs=0.02)
        assert clip.url == f"/clip/{clip.clip}"
        assert await evening.host.clip(clip.clip) == clip
        data = await evening.host.clip_ogg(clip.clip)
        sound = decoded(data)
        assert abs(len(sound) / 48_000 - 3.0) < 0.01
        assert loudness(sound[4800:33_600], HOST) > HEARD
        assert loudness(sound[:2400], HOST) > HEARD, "right from the first moment"
        assert loudness(sound[int(48_000 * (1 + ASTRAY + 0.2)) :], HOST) < NOT_HEARD
        assert tags(data)["TITLE"] == "The best of it"
        assert [name for _, name in chapters(data)] == ["host"]
        for start, seconds in ((0, 31), (0, 0.5), (found.seconds + 60, 5), (0, -1)):
            with pytest.raises(ApiError) as refused:
                await evening.host.create_clip(room, start, seconds)
            assert refused.value.code == ("bad_request" if seconds < 0 else "bad_clip")
        with pytest.raises(ApiError, match="bad_title"):
            await evening.host.create_clip(room, 0, 1, "x" * 71)
        await evening.host.command(room, "end")
        await until(evening, room, "ready")
        assert decoded(await evening.host.clip_ogg(clip.clip)) == pytest.approx(sound)
        assert await evening.host.clips(room) == [clip]
        await evening.host.delete_clip(clip.clip)
        assert await evening.host.clips(room) == []
        for gone in (evening.host.clip(clip.clip), evening.host.clip_ogg(clip.clip)):
            with pytest.raises(ApiError, match="no_such_clip"):
                await gone


async def test_what_is_cut_off_is_not_given_to_anybody(evening: Evening) -> None:
    async with spoken(evening) as (room, said):
        await evening.host.command(room, "end")
    before = await until(evening, room, "ready")
    early = await evening.host.create_clip(room, 0, 2.0)
    late = await evening.host.create_clip(room, before.seconds - 3.0, 2.0)
    start = round(said[0].to + ASTRAY + 0.2 - before.started_at, 2)
    await evening.host.edit_recording(room, start)
    after = await evening.host.recording(room)
    assert after.start == start
    assert after.started_at == pytest.approx(before.started_at + start, abs=0.1)
    assert after.seconds == pytest.approx(before.seconds - start, abs=0.1)
    is_marked(after, said[1])
    sound = decoded(await evening.host.recording_ogg(room))
    assert abs(len(sound) / 48_000 - after.seconds) < 0.02
    assert loudness(sound, HOST) < NOT_HEARD
    is_where_it_was_said(sound, after.started_at, said[1])
    with pytest.raises(ApiError, match="no_such_clip"):
        await evening.host.clip_ogg(early.clip)
    assert [clip.clip for clip in await evening.host.clips(room)] == [late.clip]
    assert (await evening.host.clip(late.clip)).start == pytest.approx(late.start - start, abs=0.1)
    with pytest.raises(ApiError, match="bad_request"):
        await evening.host.edit_recording(room, before.seconds - 0.5)
    await evening.host.edit_recording(room, 0)
    assert await evening.host.recording(room) == before
    assert [clip.clip for clip in await evening.host.clips(room)] == [early.clip, late.clip]


async def test_a_player_may_ask_for_any_part_of_it(evening: Evening) -> None:
    async with spoken(evening) as (room, _), httpx.AsyncClient(base_url=evening.url) as http:
        address = f"/v1/rooms/{room}/recording.ogg"
        running = await http.get(address)
        assert running.headers["content-type"] == "audio/ogg"
        assert running.headers["accept-ranges"] == "none"
        assert (await http.head(address)).content == b""
        await evening.host.command(room, "end")
        await until(evening, room, "ready")
        whole = await http.get(address)
        assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
        part = await http.get(address, headers={"Range": "bytes=1000-1999"})
        assert (part.status_code, part.content) == (206, whole.content[1000:2000])
        assert part.headers["content-range"] == f"bytes 1000-1999/{len(whole.content)}"
        last = await http.get(address, headers={"Range": "bytes=-10"})
        assert last.content == whole.content[-10:]
        head = await http.head(address)
        assert (head.headers["content-length"], head.content) == (str(len(whole.content)), b"")
        beyond = await http.get(address, headers={"Range": f"bytes={len(whole.content)}-"})
        assert (beyond.status_code, beyond.json()["code"]) == (416, "bad_range")
        assert whole.headers["cache-control"] == "no-store"


async def test_of_what_is_deleted_no_byte_is_left(server: Server, evening: Evening) -> None:
    async with spoken(evening) as (room, _):
        await evening.host.command(room, "end")
    await until(evening, room, "ready")
    clip = await evening.host.create_clip(room, 0, 2.0)
    await evening.host.recording_ogg(room)
    await evening.host.clip_ogg(clip.clip)
    await evening.host.play_recording(room)
    folder = server.data / "recordings" / evening.show / room
    assert {path.suffix for path in folder.iterdir()} == {".part", ".ogg"}
    counts = (await evening.host.room(room)).counts
    assert counts.plays == 1
    await evening.host.delete_recording(room)
    assert not folder.exists()
    for asked in (
        evening.host.recording(room),
        evening.host.recording_ogg(room),
        evening.host.clips(room),
        evening.host.play_recording(room),
        evening.host.delete_recording(room),
        evening.host.create_clip(room, 0, 2.0),
    ):
        with pytest.raises(ApiError, match="no_recording"):
            await asked
    with pytest.raises(ApiError, match="no_such_clip"):
        await evening.host.clip(clip.clip)
    assert (await evening.host.room(room)).counts.plays == 0


def put_before(folder: Path, found: RecordingView) -> None:
    """Put more than lies in anybody's buffers before a recording: half an hour that another node
    might have written."""
    first = int(found.started_at * 50) - 100_000
    packets = (
        test_chunk.said(n, (5, 30), payload=b"\xf8" + bytes(250))
        for n in range(first, first + 90_000)
    )
    ticks = ((packet.tick, packet) for packet in packets)
    part = folder / "1-n-another.part"
    part.with_suffix(".draft").write_bytes(b"".join(map(encode, chunks_of(ticks))))
    part.with_suffix(".draft").rename(part)


async def test_whoever_is_being_sent_it_does_not_get_the_rest(
    server: Server, evening: Evening
) -> None:
    room = await recorded(evening)
    host = await joined(evening, room, "host")
    await say(host, HOST, 0.5)
    await evening.host.command(room, "end")
    found = await until(evening, room, "ready")
    put_before(server.data / "recordings" / evening.show / room, found)
    await asyncio.sleep(1.0)  # what was read is taken for all there is for half a second
    address = f"/v1/rooms/{room}/recording.ogg"
    got = 0

    async def take(sent: httpx.Response) -> None:
        nonlocal got
        async for some in sent.aiter_bytes():
            if not got:
                await evening.host.delete_recording(room)
            got += len(some)

    async with httpx.AsyncClient(base_url=evening.url) as http:
        async with http.stream("GET", address) as sent:
            length = int(sent.headers["content-length"])
            assert length > 20_000_000
            with pytest.raises(httpx.RemoteProtocolError):
                await take(sent)
        assert got < length
        assert (await http.get(address)).json()["code"] == "no_recording"
    log = (server.data.parent / f"{server.data.name}.log").read_text()
    assert "Traceback" not in log


@pytest.mark.parametrize("deed", ["delete", "cut"])
async def test_whoever_began_while_it_was_written_does_not_get_the_rest(
    server: Server, evening: Evening, deed: str
) -> None:
    room = await recorded(evening)
    host = await joined(evening, room, "host")
    await say(host, HOST, 2.0)
    found = await until(evening, room, "recording")
    put_before(server.data / "recordings" / evening.show / room, found)
    async with asyncio.timeout(20):
        while (await evening.host.recording(room)).seconds < 1800:  # noqa: ASYNC110 - asked of the server
            await asyncio.sleep(0.2)
    got = 0

    async def take(pieces: AsyncIterator[bytes]) -> None:
        nonlocal got
        async for some in pieces:
            got += len(some)

    address = f"{evening.url}/v1/rooms/{room}/recording.ogg"
    async with httpx.AsyncClient() as http, http.stream("GET", address) as sent:
        pieces = sent.aiter_bytes()
        await anext(pieces)
        await evening.host.command(room, "end")
        await until(evening, room, "ready")
        if deed == "delete":
            await evening.host.delete_recording(room)
        else:
            await evening.host.edit_recording(room, 60.0)
        with pytest.raises(httpx.RemoteProtocolError):
            await take(pieces)
    assert got < 10_000_000
    log = (server.data.parent / f"{server.data.name}.log").read_text()
    assert "Traceback" not in log


async def test_plays_are_counted_by_member_and_told(evening: Evening) -> None:
    async with spoken(evening) as (room, _):
        fan = await evening.join("fan", room)
        async with Api(evening.url, await evening.token("fan")) as api:
            for _ in range(2):
                await api.play_recording(room)
            await fan.until(lambda s: s.counts[room].plays == 1)
            await evening.host.play_recording(room)
            await fan.until(lambda s: s.counts[room].plays == 2)
            assert (await api.recording(room)).plays == 2
            async with Api(evening.url) as nobody:
                with pytest.raises(ApiError, match="unauthenticated"):
                    await nobody.play_recording(room)


async def test_what_was_said_and_felt_is_in_time(evening: Evening) -> None:
    room = await recorded(evening)
    host = await joined(evening, room, "host")
    await host.command("consent", captions=True)
    await say(host, HOST, 1.0)
    said_at = time.time()
    await host.command("say", text="Hello, everybody", language="en")
    await host.command("pin", text="The setlist", url="https://example.org/setlist")
    for _ in range(3):
        await host.command("react", reaction="💯")
    await say(host, HOST, 1.0)
    async with asyncio.timeout(20):
        while not (found := await evening.host.recording(room)).reactions:  # noqa: ASYNC110 - asked of the server
            await asyncio.sleep(0.1)
    [line], [pin] = found.captions, found.pins
    assert (line.member, line.text, line.language) == ("host", "Hello, everybody", "en")
    assert abs(line.at - (said_at - found.started_at)) < 0.5
    assert sum(times for _, what, times in found.reactions if what == "💯") == 3
    # Told together with those of the same five seconds.
    assert all(-5.5 < at - (said_at - found.started_at) < 0.5 for at, _, _ in found.reactions)
    assert (pin.member, pin.text, pin.url) == ("host", "The setlist", "https://example.org/setlist")


async def test_what_was_not_to_be_recorded_is_not(server: Server, evening: Evening) -> None:
    host = await evening.join("host")
    await host.command("unmute")
    await host.listen()
    await say(host, HOST, 1.0)
    for asked in (evening.host.recording(evening.pre), evening.host.recording_ogg(evening.pre)):
        with pytest.raises(ApiError, match="no_recording"):
            await asked
    assert not (server.data / "recordings" / evening.show).exists()


async def test_a_killed_node_costs_the_recording_less_than_a_second(tmp_path: Path) -> None:
    with several_nodes(tmp_path / "data", 2) as nodes:
        await _killed(nodes)


async def _killed(nodes: Nodes) -> None:
    staying, killed = nodes.urls
    async with open_evening(staying, "killed") as evening:
        room = await recorded(evening)
        # Whoever needs its sound first mixes it: the node that is to die.
        there = await joined(evening, room, "speaker", url=killed)
        await _until_it_records(killed)
        here = await joined(evening, room, "host", url=staying)
        said = [await say(here, HOST, 2.0)]
        assert there.peer is not None
        cut_off = asyncio.create_task(Mouth().say(there.peer, tone(SPEAKER, 20)))
        await asyncio.sleep(2.0)
        began, died = time.time() - 2.0, time.time()
        nodes.kill(killed)
        cut_off.cancel()
        await asyncio.gather(cut_off, return_exceptions=True)
        await _until_it_records(staying)
        await asyncio.sleep(0.5)
        after = await say(here, HOST, 2.0)
        running = await evening.host.recording(room)
        is_where_it_was_said(
            decoded(await evening.host.recording_ogg(room)), running.started_at, *said[1:]
        )
        await evening.host.command(room, "end")
        found = await until(evening, room, "ready")
        sound = decoded(await evening.host.recording_ogg(room))
    assert [mark.member for mark in found.marks] == ["host", "speaker", "host"]
    first, lost, last = found.marks
    assert abs(first.from_ - (said[0].from_ - found.started_at)) < ASTRAY
    assert abs(lost.from_ - (began - found.started_at)) < ASTRAY
    assert lost.to > died - found.started_at - 1.0, "nothing before the last second is lost"
    assert abs(last.from_ - (after.from_ - found.started_at)) < ASTRAY
    for mark, hz in ((first, HOST), (lost, SPEAKER), (last, HOST)):
        heard = sound[int((mark.from_ + 0.1) * 48_000) : int((mark.to - 0.6) * 48_000)]
        assert loudness(heard, hz) > HEARD, mark
    assert loudness(sound[int((lost.to + 0.1) * 48_000) : int(last.from_ * 48_000)], SPEAKER) < 0.1


async def _until_it_records(url: str) -> None:
    async with asyncio.timeout(20), Api(url) as api:
        while not (await api.metrics())["afterparty_recording_ticks_total"]:  # noqa: ASYNC110 - asked of it
            await asyncio.sleep(0.1)
