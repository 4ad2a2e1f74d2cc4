import asyncio
import contextlib
import gc
import random
import re
import struct
from itertools import pairwise
from typing import Any

import numpy as np
import pylibsrtp
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack
from tests.media.house import House
from tests.media.keys import widths_of
from tests.media.peer import RawPeer, Tone, decode, loudness_at

from afterparty.media.events import (
    MediaConfig,
    MediaError,
    SessionConnected,
    SessionGone,
    Speaking,
)
from afterparty.media.inward import session
from afterparty.media.inward.dtls import DtlsLink
from afterparty.media.inward.ice import IcePeer
from afterparty.media.inward.session import Session
from afterparty.media.inward.uplink import Uplink
from afterparty.media.plane import MediaPlane


async def test_a_listener_hears_the_tone_of_a_speaker(house: House) -> None:
    listener = await house.join("listener", direction="recvonly")
    speaker = await house.join("speaker", csrc=7)
    speaker.talk(Tone(440))
    packets = await listener.hear_from(7, 60)
    assert loudness_at(decode(packets)[9600:], 440) > 0.95
    assert all(p.csrcs == (7,) for p in packets)
    # 0.3 of full scale is -13.5 dBov of a sine.
    assert all(12 <= p.levels[0] <= 15 for p in packets[5:])
    assert {p.payload[0] for p in packets} == {0xF8}
    told = await house.event(lambda e: isinstance(e, Speaking) and 7 in e.levels)
    assert isinstance(told, Speaking)
    assert told.room_id == "a"


async def test_an_offer_says_how_much_sound_a_packet_may_have() -> None:
    async with House(lane=6) as house:
        listeners = []
        for name, line in (("narrow", "a=maxptime:60\r\n"), ("wide", "")):
            listener = RawPeer()
            house.peers.append(listener)
            await listener.connect(house.plane.answer(name, "a", listener.offer() + line))
            listeners.append(listener)
        speaker = await house.join("speaker", csrc=7)
        speaker.talk(Tone(440))
        narrow, wide = [await listener.hear_from(7, 6) for listener in listeners]
    assert max(widths_of(narrow)) == 3
    assert max(widths_of(wide)) == 6


async def test_each_speaker_hears_the_other_and_not_themselves(house: House) -> None:
    low = await house.join("low", csrc=1)
    high = await house.join("high", csrc=2)
    listener = await house.join("listener")
    low.talk(Tone(440))
    high.talk(Tone(1320))
    await listener.until(lambda: bool(listener.heard) and set(listener.heard[-1].csrcs) == {1, 2})
    everybody, to_low, to_high = (
        decode(p)[4800:]
        for p in await asyncio.gather(listener.hear(40), low.hear(40), high.hear(40))
    )
    assert loudness_at(everybody, 440) > 0.3
    assert loudness_at(everybody, 1320) > 0.3
    assert loudness_at(to_low, 1320) > 0.95
    assert loudness_at(to_low, 440) < 0.001
    assert loudness_at(to_high, 440) > 0.95
    assert loudness_at(to_high, 1320) < 0.001
    assert low.heard[-1].csrcs == (2,)


async def test_a_voice_that_is_not_allowed_is_dropped_and_counted(house: House) -> None:
    listener = await house.join("listener")
    intruder = await house.join("intruder")
    tone = Tone(440)
    for _ in range(30):
        intruder.send_opus(tone.next())
    await intruder.check()  # answered after all that was sent before it
    stats = house.plane.session_stats("intruder")
    assert stats is not None
    assert (stats.refused, stats.received, stats.csrc) == (30, 0, None)
    assert house.plane.stats().dropped["voice_not_allowed"] == 30
    packets = await listener.hear(2)
    assert all(not p.csrcs and len(p.payload) == 1 for p in packets)


async def test_a_muted_speaker_is_not_heard_from_the_next_tick_on(house: House) -> None:
    listener = await house.join("listener")
    speaker = await house.join("speaker", csrc=7)
    speaker.talk(Tone(440))
    await listener.hear_from(7, 5)
    house.plane.allow_voice("speaker", None)
    ticks = house.plane.stats().ticks
    before = len(listener.heard)
    await listener.hear(3)
    assert house.plane.stats().ticks > ticks
    after = listener.heard[before + 1 :]  # one may have been on its way
    assert all(not p.csrcs and len(p.payload) == 1 for p in after)


async def test_close_frees_and_says_goodbye(house: House) -> None:
    peer = await house.join("guest")
    house.plane.close("guest")
    await peer.until(lambda: peer.dtls.state == "closed")
    assert house.plane.stats().sessions == 0
    assert house.plane.session_stats("guest") is None
    house.plane.close("guest")


async def test_a_peer_that_says_goodbye_is_gone(house: House) -> None:
    peer = await house.join("guest")
    await peer.dtls.stop()
    assert await house.event(lambda e: e == SessionGone("guest", "closed_by_peer"))
    assert house.plane.stats().sessions == 0


async def test_garbage_from_a_speaker_harms_nobody(house: House) -> None:
    """What is authentic and still no sound: any payload, any header that SRTP lets pass."""
    listener = await house.join("listener")
    speaker = await house.join("speaker", csrc=1)
    chance = random.Random(3)
    for number in range(600):
        head = bytes([0x80 | chance.randrange(64), chance.choice([111, 111, 0, 200, 205, 127])])
        data = head + speaker.sequence.to_bytes(2, "big") + bytes(4) + chance.randbytes(200)
        rtcp = 64 <= data[1] & 127 <= 95
        with contextlib.suppress(pylibsrtp.Error):  # not even the sender's SRTP takes it
            srtp = speaker.dtls._tx_srtp
            speaker.send(srtp.protect_rtcp(data) if rtcp else srtp.protect(data))
        speaker.sequence = (speaker.sequence + chance.randrange(3)) & 0xFFFF
        speaker.send_opus(chance.randbytes(chance.randrange(1, 60)), level=chance.randrange(128))
        if number % 20 == 0:
            await listener.hear(1)
    await speaker.hush()
    speaker.talk(Tone(440))
    await listener.hear_from(1, 3)
    steps = {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(listener.heard)}
    assert steps == {1}
    assert house.plane.stats().dropped["rtp_other_payload"] > 0


async def test_a_speaker_has_only_so_many_sources(house: House) -> None:
    """Each authentic one costs memory for good and time at every packet, so there is an end."""
    speaker, tone = await house.join("speaker", csrc=1), Tone(440)
    speaker.send_opus(tone.next())
    first = speaker.ssrc
    for n in range(1, 40):
        speaker.ssrc = first + n
        speaker.send_opus(tone.next())
    await speaker.check()  # answered after all that was sent before it
    assert house.plane.stats().dropped == {"srtp_too_many_sources": 40 - session.MAX_SOURCES}
    forged = bytes([0x80, 111]) + bytes(6) + b"new!" + bytes(60)
    speaker.send(forged)
    speaker.ssrc = first
    listener = await house.join("listener")
    speaker.talk(tone)
    await listener.hear_from(1, 3)
    assert house.plane.stats().dropped["srtp_too_many_sources"] == 41 - session.MAX_SOURCES


async def test_what_is_forged_takes_nobodys_place(house: House) -> None:
    speaker, listener = await house.join("speaker", csrc=1), await house.join("listener")
    for n in range(40):
        speaker.send(bytes([0x80, 111]) + bytes(6) + n.to_bytes(4, "big") + bytes(60))
    speaker.talk(Tone(440))
    await listener.hear_from(1, 3)
    assert house.plane.stats().dropped == {"srtp_unauthentic": 40}


async def test_a_silent_leaver_times_out() -> None:
    async with House(session_timeout=0.5) as house:
        peer = RawPeer()
        house.plane.answer("never", "a", peer.offer())
        await house.join("leaver")
        assert await house.event(lambda e: e == SessionGone("leaver", "timeout"))
        assert await house.event(lambda e: e == SessionGone("never", "timeout"))
        stats = house.plane.stats()
        assert (stats.sessions, stats.connected) == (0, 0)


async def test_a_session_with_checks_stays() -> None:
    async with House(session_timeout=1.0) as house:
        listener = await house.join("listener")
        for _ in range(6):
            await listener.hear(1)  # 400 ms apart
            await listener.check()
        assert house.plane.stats().sessions == 1


@pytest.mark.parametrize(
    ("session_id", "room_id", "code"),
    [("there", "a", "session_exists"), ("new", "nowhere", "room_not_open"),
     ("new", "a", "media_full")],
)  # fmt: skip
async def test_an_answer_is_refused_with_a_code(session_id: str, room_id: str, code: str) -> None:
    async with House(max_sessions=1) as house:
        house.plane.answer("there", "a", RawPeer().offer())
        with pytest.raises(MediaError) as refused:
            house.plane.answer(session_id, room_id, RawPeer().offer())
        assert refused.value.code == code
        assert house.plane.stats().sessions == 1


async def test_wrong_credentials_are_never_answered(house: House) -> None:
    peer = RawPeer()
    await peer.open(house.plane.answer("guest", "a", peer.offer()))
    house.peers.append(peer)
    peer.send(peer.request(username=f"wrong:{peer.ufrag}"))
    peer.send(peer.request(password="wrong"))
    peer.send(b"\x16\xfe\xfd" + bytes(50))  # DTLS before any check
    await peer.check()
    assert len(peer.stun_responses) == 1
    dropped = house.plane.stats().dropped
    assert dropped == {
        "stun_unknown_ufrag": 1, "stun_bad_credentials": 1, "dtls_unknown_address": 1,
    }  # fmt: skip


async def test_a_peer_with_another_certificate_is_refused(house: House) -> None:
    peer = RawPeer()
    offer = re.sub(r"(a=fingerprint:sha-256) \S\S", r"\1 00", peer.offer())
    await peer.open(house.plane.answer("guest", "a", offer))
    house.peers.append(peer)
    await peer.check()
    shaking = asyncio.create_task(peer.handshake())
    assert await house.event(lambda e: e == SessionGone("guest", "dtls_failed"))
    await asyncio.gather(shaking, return_exceptions=True)
    assert house.plane.stats().sessions == 0


async def test_an_address_moves_with_an_authenticated_check(house: House) -> None:
    listener = await house.join("listener")
    speaker = await house.join("speaker", csrc=1)
    speaker.talk(Tone(440))
    await listener.hear(5)
    former = listener.transport
    loop = asyncio.get_running_loop()
    listener.transport, _ = await loop.create_datagram_endpoint(
        lambda: listener, local_addr=("127.0.0.1", 0)
    )
    await listener.check()
    former.close()
    assert len(await listener.hear(20)) == 20
    stats = house.plane.session_stats("listener")
    assert stats is not None
    assert stats.address == "127.0.0.1:{}".format(listener.transport.get_extra_info("sockname")[1])


async def test_a_voice_allowed_after_a_rollover_is_understood(house: House) -> None:
    """Packets that are dropped unread must not leave SRTP's rollover counter behind."""
    listener = await house.join("listener")
    speaker = await house.join("speaker")
    speaker.sequence = 65_000
    for _ in range(6):
        for number in range(1100):
            speaker.send_opus(b"\xf8opus")
            if number % 50 == 0:
                await speaker.check()
        speaker.sequence += 20_000  # lost on the way, all of them
    await speaker.check()
    house.plane.allow_voice("speaker", 4)
    speaker.talk(Tone(440))
    assert (await listener.hear_from(4, 5))[-1].csrcs == (4,)
    stats = house.plane.session_stats("speaker")
    assert stats is not None
    assert stats.refused == 6600


async def test_another_implementation_of_webrtc_hears_and_is_heard(house: House) -> None:
    listener = await house.join("listener")
    pc = RTCPeerConnection()
    pc.addTrack(AudioStreamTrack())
    arrived = asyncio.get_running_loop().create_future()
    pc.on("track", arrived.set_result)
    await pc.setLocalDescription(await pc.createOffer())
    answer = house.plane.answer("theirs", "a", pc.localDescription.sdp)
    await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await house.event(lambda e: e == SessionConnected("theirs"))
    listener_talks = Tone(880)
    house.plane.allow_voice("listener", 5)
    listener.talk(listener_talks)
    track = await arrived
    pieces = []
    while sum(map(len, pieces)) < 48_000:
        frame = await track.recv()
        samples = frame.to_ndarray().reshape(-1, 2)[:, 0].astype(np.float64)
        if samples.any():
            pieces.append(samples)
    assert loudness_at(np.concatenate(pieces)[-24_000:], 880) > 0.9
    house.plane.allow_voice("theirs", 6)
    async with asyncio.timeout(10):
        while (stats := house.plane.session_stats("theirs")) and not stats.received:
            await track.recv()
    await pc.close()
    assert await house.event(
        lambda e: isinstance(e, SessionGone) and e.session_id == "theirs"
    ) == SessionGone("theirs", "closed_by_peer")


@pytest.mark.parametrize("csrc", [-1, 1 << 32])
async def test_a_csrc_has_32_bits(house: House, csrc: int) -> None:
    await house.join("speaker")
    with pytest.raises(ValueError, match="32 bits"):
        house.plane.allow_voice("speaker", csrc)


@pytest.mark.parametrize("announce", [(), ("a.name",), ("192.0.2.1", "")])
def test_only_addresses_can_be_announced(announce: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="addr"):
        MediaConfig(announce=announce)


def _found(kinds: Any) -> list[Any]:
    """All objects of some kinds; other tests may keep some of their own.

    By their type: a weak proxy, asked for its class, asks what may be gone.
    """
    return [o for o in gc.get_objects() if issubclass(type(o), kinds)]


async def test_a_closed_session_leaves_nothing_behind(house: House) -> None:
    before = _found(Session | DtlsLink | Uplink)
    for number in range(5):
        await house.join(f"guest-{number}", csrc=number)
        house.plane.close(f"guest-{number}")
    last = await house.join("last")
    await last.hear(4)  # more than a second, in which every session is looked at once
    gc.collect()
    kept = len(_found(Session | DtlsLink | Uplink)) - len(before)
    assert kept == 2  # the session and the link of the last one


async def test_what_a_session_was_is_freed_without_the_garbage_collector(house: House) -> None:
    """With very many sessions a collection takes long; it must not be what they wait for."""
    before = _found(Session | DtlsLink | IcePeer)
    guest = await house.join("guest", csrc=1)
    house.plane.restart_ice("guest", "again")
    await guest.hear(3)  # longer than handshakes are looked after
    gc.collect()
    gc.disable()
    try:
        house.plane.close("guest")
        kept = len(_found(Session | DtlsLink | IcePeer)) - len(before)
    finally:
        gc.enable()
    assert kept == 0


async def test_a_failing_listener_of_events_does_not_stop_the_clock() -> None:
    def fail(_: object) -> None:
        raise ValueError("on purpose")

    plane = MediaPlane(MediaConfig(host="127.0.0.1"), fail)
    await plane.start()
    plane.open_room("a")
    peer = RawPeer()
    await peer.connect(plane.answer("guest", "a", peer.offer()))
    assert len(await peer.hear(2)) == 2
    assert plane.stats().faults == 1
    await peer.close()
    await plane.stop()


async def test_a_session_that_times_out_in_its_handshake_never_connects() -> None:
    async with House(session_timeout=2.0) as house:
        peer = RawPeer()
        await peer.open(house.plane.answer("guest", "a", peer.offer()))
        house.peers.append(peer)
        await peer.check()
        await house.event(lambda e: e == SessionGone("guest", "timeout"))
        shaking = asyncio.create_task(peer.handshake())
        bystander = await house.join("bystander")
        await bystander.hear(1)
        shaking.cancel()
        await asyncio.gather(shaking, return_exceptions=True)
        assert SessionConnected("guest") not in house.events
        assert house.plane.stats().sessions <= 1


async def test_ice_restarts_without_a_gap(house: House) -> None:
    listener = await house.join("listener")
    speaker = await house.join("speaker", csrc=1)
    speaker.talk(Tone(440))
    await listener.hear_from(1, 5)
    start = len(listener.heard)
    before = (listener.remote_ufrag, listener.remote_password)
    assert house.plane.remote_ufrag("listener") == listener.ufrag
    ufrag, password = house.plane.restart_ice("listener", "again")
    assert house.plane.remote_ufrag("listener") == "again"
    await listener.check()  # with the old ones, which hold until then
    listener.ufrag, listener.remote_ufrag, listener.remote_password = "again", ufrag, password
    former = listener.transport
    loop = asyncio.get_running_loop()
    listener.transport, _ = await loop.create_datagram_endpoint(
        lambda: listener, local_addr=("127.0.0.1", 0)
    )
    await listener.check()
    await listener.hear(10)
    former.close()
    steps = {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(listener.heard[start:])}
    assert steps == {1}
    listener.remote_ufrag, listener.remote_password = before
    listener.send(listener.request())
    listener.remote_ufrag, listener.remote_password = ufrag, password
    await listener.check()
    assert house.plane.stats().dropped["stun_unknown_ufrag"] == 1


async def test_a_restart_is_refused_with_a_code(house: House) -> None:
    for session_id, ufrag, code in (("nobody", "again", "no_session"), ("a", "no!", "sdp_no_ice")):
        if session_id == "a":
            house.plane.answer("a", "a", RawPeer().offer())
        with pytest.raises(MediaError) as refused:
            house.plane.restart_ice(session_id, ufrag)
        assert refused.value.code == code


async def test_who_is_only_to_be_received_is_sent_nothing(house: House) -> None:
    encoder = RawPeer()
    house.peers.append(encoder)
    offer = encoder.offer("sendrecv")
    await encoder.connect(house.plane.answer("encoder", "a", offer, only="receive"))
    await house.event(lambda e: e == SessionConnected("encoder"))
    house.plane.allow_voice("encoder", 5)
    listener = await house.join("listener")
    encoder.talk(Tone(440))
    assert (await listener.hear_from(5, 3))[-1].csrcs == (5,)
    assert encoder.heard == []


async def test_rtcp_is_read_only_from_whom_nothing_else_is_heard(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = await house.join("listener")
    report = struct.pack("!BBHI", 0x80, 201, 1, listener.ssrc)

    async def read_after_report() -> int:
        before = house.plane.stats().packets_in
        listener.send(listener.dtls._tx_srtp.protect_rtcp(report))
        await listener.check()  # answered after it
        return house.plane.stats().packets_in - before

    assert await read_after_report() == 0
    assert house.plane.stats().dropped["rtcp_unread"] == 1
    monkeypatch.setattr(session, "CONSENT_SECONDS", 0.0)
    assert await read_after_report() == 1
