"""A peer against stock aiortc: an independent end, with its own ICE, DTLS, SRTP and Opus."""

import asyncio
import re
import socket
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.client.far_end import RATE, FarEnd, far_end, strongest

from afterparty.client.ear import Recorder
from afterparty.client.mouth import Mouth
from afterparty.client.peer import Peer, PeerError


@pytest.fixture(autouse=True)
async def nothing_left_behind() -> object:
    before = asyncio.all_tasks()
    yield
    assert asyncio.all_tasks() - before - {asyncio.current_task()} == set()


async def join(peer: Peer, end: FarEnd) -> None:
    await peer.connect(await end.answer(await peer.offer()))


class Telling(Peer):
    """A peer that tells of every packet."""

    def __init__(self, **more: Any) -> None:
        self.news = asyncio.Event()
        super().__init__(**more)

    def _media(self, datagram: bytes) -> None:
        super()._media(datagram)
        self.news.set()

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something is so after a packet."""
        async with asyncio.timeout(10):
            while not happened():
                self.news.clear()
                await self.news.wait()


async def packets(peer: Telling, count: int) -> None:
    await peer.until(lambda: peer.stats().reception.packets >= count)


async def test_a_tone_is_heard_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Recorder()
    peer = Telling(ear=ear)
    async with far_end(monkeypatch, tone=700) as end:
        await join(peer, end)
        assert peer.state == "connected"
        assert peer.connected.is_set()
        await packets(peer, 60)
        stats = peer.stats()
        await peer.close()
    assert stats.reception.first_packet_at is not None
    assert stats.reception.missing == stats.reception.duplicates == stats.rejected == 0
    assert stats.reception.jumps == stats.reception.backward_jumps == 0
    assert strongest(ear.pcm()[-RATE // 2 :]) == pytest.approx(700, abs=4)
    assert peer.state == "closed"
    assert peer.gone.is_set()


async def test_a_mouth_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Peer()
    n = np.arange(RATE * 3 // 2)
    pcm = (8000 * np.sin(2 * np.pi * 1100 * n / RATE)).astype(np.int16)
    async with far_end(monkeypatch) as end:
        await join(peer, end)
        async with asyncio.TaskGroup() as group:
            group.create_task(Mouth().say(peer, pcm))
            heard = group.create_task(end.hear(RATE))
        await peer.close()
    assert strongest(heard.result()[-RATE // 2 :]) == pytest.approx(1100, abs=4)
    assert peer.stats().sent == 75


async def test_counting_on_trust_counts_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Telling(verify_every=10)
    async with far_end(monkeypatch, tone=700) as end:
        await join(peer, end)
        await packets(peer, 40)
        await peer.close()
    stats = peer.stats()
    assert (stats.reception.missing, stats.reception.jumps, stats.rejected) == (0, 0, 0)


async def test_a_wrong_fingerprint_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Peer()
    async with far_end(monkeypatch) as end:
        answer = await end.answer(await peer.offer())
        forged = re.sub(r"(a=fingerprint:sha-\d+ )..", r"\g<1>00", answer)
        forged = re.sub(r"(a=fingerprint:sha-\d+ ..:)..", r"\g<1>00", forged)
        with pytest.raises(PeerError) as refusal:
            await peer.connect(forged)
        await end.up.wait()  # aiortc must not be closed halfway: it would forget a task
    assert refusal.value.code == "dtls_fingerprint"
    assert peer.state == "closed"


async def test_the_wrong_password_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Peer()
    async with far_end(monkeypatch) as end:
        answer = await end.answer(await peer.offer())
        forged = re.sub(r"a=ice-pwd:\S+", "a=ice-pwd:0123456789abcdef0123456789", answer)
        with pytest.raises(PeerError) as refusal:
            await peer.connect(forged, timeout=0.5)
    assert refusal.value.code == "ice_timeout"


async def test_dead_candidates_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Telling()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        dead = f"a=candidate:9 1 udp 2130706431 127.0.0.1 {port} typ host\r\n"
        async with far_end(monkeypatch, tone=700) as end:
            answer = await end.answer(await peer.offer())
            await peer.connect(answer.replace("a=candidate", dead + "a=candidate", 1))
            await packets(peer, 3)
            await peer.close()


async def test_the_server_says_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Peer()
    reasons: list[str] = []
    peer.on_gone = reasons.append
    async with far_end(monkeypatch) as end:
        await join(peer, end)
        await end.up.wait()
        await end.pc.close()
        async with asyncio.timeout(5):
            await peer.gone.wait()
    assert (peer.state, peer.connected.is_set()) == ("gone", False)
    await peer.close()
    assert reasons == ["dtls_closed"]


async def test_consent_is_kept_and_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Telling(consent_interval=0.05, consent_expiry=0.4)
    lost: asyncio.Future[tuple[str, float]] = asyncio.get_running_loop().create_future()
    clock = asyncio.get_running_loop().time
    peer.on_gone = lambda reason: lost.set_result((reason, clock()))
    async with far_end(monkeypatch, tone=700) as end:
        await join(peer, end)
        # Twice the expiry in packets: consent must have been renewed to get here.
        await packets(peer, 40)
        assert peer.state == "connected"
        (remote,) = {pair.remote_addr for pair in _nominated(end)} or {None}
        assert remote is not None
        muted = clock()
        for protocol in _protocols(end):
            monkeypatch.setattr(protocol, "datagram_received", lambda data, addr: None)
        async with asyncio.timeout(5):
            reason, at = await lost
        await peer.close()
    assert reason == "consent_lost"
    assert at - muted >= 0.3


def _ice(end: FarEnd) -> object:
    return end.pc.getTransceivers()[0].receiver.transport.transport._connection


def _nominated(end: FarEnd) -> list[object]:
    return list(_ice(end)._nominated.values())


def _protocols(end: FarEnd) -> list[object]:
    return list(_ice(end)._protocols)


async def test_forged_and_foreign_datagrams_are_counted_and_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ear = Recorder()
    peer = Telling(ear=ear)
    async with far_end(monkeypatch) as end:
        await join(peer, end)
        protocol = _protocols(end)[0]
        target = _nominated(end)[0].remote_addr
        junk = [b"\x80", b"\x00\x01" + bytes(18), b"\x80\xc8" + bytes(40), b"\x80\x6f" + bytes(40)]
        for datagram in [b"\xff" * 20, b"\x16" + bytes(20), *junk]:  # last what is told of
            protocol.transport.sendto(datagram, target)
        await peer.until(lambda: peer.stats().rejected >= 2 and peer.stats().rtcp >= 1)
        assert peer.state == "connected"
        await peer.close()
    assert peer.stats().reception.packets == 0
    assert len(ear.pcm()) == 0


async def test_nobody_there() -> None:
    peer = Peer()
    offer = await peer.offer()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        answer = (
            offer.replace("actpass", "passive")
            .replace("a=candidate:1 1 udp", "a=x:")
            .replace("a=candidate:2 1 udp", "a=x:")
        )
        answer += f"a=candidate:1 1 udp 1 127.0.0.1 {silent.getsockname()[1]} typ host\r\n"
        with pytest.raises(PeerError) as refusal:
            await peer.connect(answer, timeout=0.3)
    assert (refusal.value.code, peer.state) == ("ice_timeout", "closed")


async def test_misuse_is_told_apart() -> None:
    peer = Peer()
    with pytest.raises(PeerError) as early:
        await peer.connect("v=0")
    assert early.value.code == "bad_state"
    await peer.offer()
    with pytest.raises(PeerError) as twice:
        await peer.offer()
    assert twice.value.code == "bad_state"
    peer.send(b"\xf8\xff\xfe")
    assert peer.stats().sent == 0
    with pytest.raises(ValueError, match="tick"):
        peer.send(b"\xf8\xff\xfe", ticks=0)
    with pytest.raises(PeerError) as nonsense:
        await peer.connect("v=0\r\n")
    assert nonsense.value.code == "bad_answer"
    await peer.close()
    with pytest.raises(ValueError, match="verify_every"):
        Peer(verify_every=0)


async def test_a_join_called_off_lets_go_of_everything() -> None:
    peer = Peer()
    offer = await peer.offer()
    answer = offer.replace("actpass", "passive")
    joining = asyncio.create_task(peer.connect(answer))
    await asyncio.sleep(0)
    joining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await joining
    assert peer.state == "closed"


async def test_closing_a_peer_ends_its_join() -> None:
    peer = Peer()
    answer = (await peer.offer()).replace("actpass", "passive")
    joining = asyncio.create_task(peer.connect(answer, timeout=60))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await peer.close()
        with pytest.raises(PeerError) as refusal:
            await joining
    assert (refusal.value.code, peer.state) == ("closed", "closed")
