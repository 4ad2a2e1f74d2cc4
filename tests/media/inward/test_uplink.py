import numpy as np
import pytest
from tests.media.peer import Tone, loudness_at

from afterparty.media.datagrams.rtp import RtpPacket
from afterparty.media.inward.uplink import Uplink

JITTER_MS = 60
DELAY = 3


def packet(sequence: int, payload: bytes, level: int | None = None) -> RtpPacket:
    return RtpPacket(111, False, sequence & 0xFFFF, 0, 1, payload, level)


def hear(lost: set[int], ticks: int = 60) -> tuple[list[np.ndarray | None], Uplink]:
    """A tone of one packet a tick through an uplink, some packets lost."""
    uplink, tone, out = Uplink(JITTER_MS), Tone(440), []
    for tick in range(ticks):
        payload = tone.next()
        if tick not in lost:
            uplink.receive(packet(65_530 + tick, payload))
        out.append(uplink.pull())
    return out, uplink


def test_a_tone_comes_through_after_the_jitter_delay() -> None:
    out, _ = hear(set())
    assert out[:DELAY] == [None] * DELAY
    sound = np.concatenate([tick for tick in out if tick is not None])
    assert len(sound) == 960 * (60 - DELAY)
    assert loudness_at(sound[4800:], 440) > 0.99
    assert np.max(np.abs(sound)) == pytest.approx(0.3, abs=0.05)


def test_a_lost_packet_is_faded_over() -> None:
    out, uplink = hear({30, 31, 32})
    made_up = [out[30 + DELAY + i] for i in range(3)]
    assert uplink.counts.lost == 3
    peaks = [float(np.max(np.abs(tick))) for tick in made_up if tick is not None]
    assert peaks[0] > peaks[1] > peaks[2] == 0.0
    after = out[33 + DELAY + 3]
    assert after is not None
    assert np.max(np.abs(after)) > 0.2


def test_discarding_forgets_what_waits() -> None:
    _, uplink = hear(set())
    uplink.discard()
    assert uplink.pull() is None


def test_silence_that_is_stated_is_not_decoded() -> None:
    uplink = Uplink(JITTER_MS)
    for number in range(10):
        uplink.receive(packet(number, b"\xf8no opus at all", level=127))
    for _ in range(DELAY):
        tick = uplink.pull()
    assert tick is not None
    assert not tick.any()
    assert uplink.malformed == 0


def test_dtx_frames_are_silence() -> None:
    uplink = Uplink(0)
    uplink.receive(packet(0, b"\xf8"))
    uplink.pull()
    tick = uplink.pull()
    assert tick is not None
    assert not tick.any()


def test_what_is_no_opus_is_counted_and_harmless() -> None:
    uplink = Uplink(0)
    for number, payload in enumerate([b"", b"\x03", b"\xff\x3f" + bytes(50), b"\xff\x00ab"]):
        uplink.receive(packet(number, payload))
    assert uplink.malformed == 4
    uplink.receive(packet(9, b"\xfa\xff\xff\xff"))  # two frames, the first longer than the packet
    uplink.pull()
    assert uplink.pull() is not None
    assert uplink.malformed == 5


def test_frames_of_other_lengths_are_cut_in_ticks() -> None:
    uplink = Uplink(0)
    short = b"\xf0" + bytes(20)  # CELT, 10 ms
    for number in range(8):
        uplink.receive(packet(number, short, level=127))
    uplink.pull()
    ticks = [uplink.pull() for _ in range(3)]
    assert all(tick is not None and len(tick) == 960 for tick in ticks)
