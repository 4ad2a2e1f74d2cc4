import asyncio
import subprocess
import sys

import httpx
import pytest
from bench.rivals.adapter import answer_of, mid_of
from bench.rivals.janus import configuration, is_installed, running_janus
from bench.rivals.stock import running_stock
from bench.server import family

from afterparty.client import sdp
from afterparty.client.peer import Peer
from afterparty.client.rtp import RtpPacket

SDP = {"Content-Type": "application/sdp"}
OFFER = sdp.write_offer(
    session=1, ufrag="ufrag", password="p" * 22, fingerprints=[("sha-256", "AB:CD")],
    addresses=[("192.0.2.7", 4000)], ssrc=None,
)  # fmt: skip


def test_one_side_s_offer_is_the_other_side_s_answer() -> None:
    text = answer_of(OFFER + "a=ice-lite\r\n", "audio", setup="passive", direction="sendonly")
    answer = sdp.read_answer(text)
    assert (answer.ufrag, answer.password) == ("ufrag", "p" * 22)
    assert answer.fingerprints == (("sha-256", "AB:CD"),)
    assert answer.candidates == (("192.0.2.7", 4000),)
    assert answer.setup == "passive"
    assert "a=sendonly" in text.splitlines()
    assert "a=recvonly" not in text
    assert mid_of(text) == "audio"
    session, _, section = text.partition("m=audio")
    assert "a=ice-lite" in session
    assert "a=ice-lite" not in section


def test_an_offer_of_no_audio_is_of_no_use() -> None:
    with pytest.raises(ValueError, match="no audio"):
        answer_of("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", "0", setup="active", direction="")
    with pytest.raises(ValueError, match="no mid"):
        mid_of("v=0\r\n")


def test_janus_is_told_where_to_listen() -> None:
    files = configuration(8188, 5002, "192.0.2.7")
    assert 'ws_ip = "127.0.0.1", ws_port = 8188' in files["janus.transport.websockets.jcfg"]
    assert "port = 5002, pt = 111" in files["janus.plugin.streaming.jcfg"]
    assert 'ice_enforce_list = "192.0.2.7"' in files["janus.jcfg"]


def test_children_are_of_the_family() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass\n"
    parent = (
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {burn!r} + "
        "'print(1, flush=True); input()'], stdin=0).wait()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = family(process.pid)
        process.communicate(b"\n")
    assert found.cpu >= 0.25
    assert found.memory > 2**20


class Heard:
    """Tells when ten packets have come."""

    def __init__(self) -> None:
        self.enough = asyncio.Event()
        self._count = 0

    def hear(self, packet: RtpPacket) -> None:
        self._count += 1
        if self._count == 10:
            self.enough.set()


async def hears(whep: str) -> None:
    """Somebody joins by WHEP, hears sound that is authentic, and leaves."""
    heard = Heard()
    peer = Peer(ear=heard)
    try:
        async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
            answer = await http.post(whep, content=await peer.offer(), headers=SDP)
            assert answer.status_code == 201, answer.text
            await peer.connect(answer.text, timeout=30)
            async with asyncio.timeout(30):
                await heard.enough.wait()
            assert peer.stats().rejected == 0
            session = str(httpx.URL(whep).join(answer.headers["Location"]))
            assert (await http.delete(session)).status_code == 200
            assert (await http.delete(session)).status_code == 404
            assert (await http.post(whep, content="v=0", headers=SDP)).status_code == 400
            assert (await http.post(whep, content="v" * 20_000, headers=SDP)).status_code == 413
    finally:
        await peer.close()


@pytest.mark.slow
async def test_stock_aiortc_is_heard() -> None:
    with running_stock() as rival:
        await hears(rival.whep)


@pytest.mark.slow
@pytest.mark.skipif(not is_installed(), reason="Janus is not installed")
async def test_janus_is_heard() -> None:
    async with running_janus() as rival:
        assert rival.name.startswith("Janus 1.")
        await hears(rival.whep)
