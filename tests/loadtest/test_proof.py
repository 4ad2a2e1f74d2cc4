"""Sampled listeners: real SRTP, real Opus, and what was done to them on the way."""

from collections.abc import Sequence

import numpy as np
import pylibsrtp
import pytest

from afterparty.client import rtp
from afterparty.client.opus import OpusEncoder
from afterparty.loadtest.proof import Findings, Proof
from afterparty.loadtest.spectrum import is_right

RATE = 48_000
TONE = (440.0, 1190.0)
KEY = bytes(range(28))
PROFILE = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM


def session(ssrc_type: int) -> pylibsrtp.Session:
    policy = pylibsrtp.Policy(key=KEY, ssrc_type=ssrc_type, srtp_profile=PROFILE)
    policy.window_size = 1024
    return pylibsrtp.Session(policy)


def sound(seconds: float, tone: Sequence[float] = TONE) -> np.ndarray:
    n = np.arange(int(seconds * RATE))
    return sum(5000 * np.sin(2 * np.pi * hertz * n / RATE) for hertz in tone).astype(np.int16)


def packets(pcm: np.ndarray, *, paused: int = 0, pause_at: int = -1) -> list[bytes]:
    """SRTP packets of 20 ms; `paused` ticks of time pass unsent before packet `pause_at`."""
    encoder, sender = OpusEncoder(), session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
    made, clock = [], 0
    for number in range(len(pcm) // 960):
        clock += paused * 960 if number == pause_at else 0
        plain = rtp.build(
            encoder.encode(pcm[number * 960 : number * 960 + 960]),
            payload_type=111,
            sequence=65_500 + number,
            timestamp=0xFFFF_0000 + clock,
            ssrc=7,
        )
        made.append(sender.protect(plain))
        clock += 960
    return made


def hear(heard: Sequence[bytes], *, decode: bool = False, tone: tuple[float, ...] = ()) -> Findings:
    findings = Findings()
    proof = Proof(findings, decode=decode, tone=tone)
    proof.begin(session(pylibsrtp.Policy.SSRC_ANY_INBOUND))
    for one in heard:
        proof.hear(one)
    return findings


def test_what_is_whole_is_found_whole() -> None:
    found = hear(packets(sound(5)), decode=True, tone=TONE)
    assert found == Findings(checked=250, decoded=4)


def test_a_changed_bit_is_told() -> None:
    made = packets(sound(1))
    made[20] = made[20][:-1] + bytes([made[20][-1] ^ 1])
    found = hear(made)
    assert (found.checked, found.unauthentic, found.ticks_missing) == (50, 1, 1)


def test_duplicates_are_neither_checked_nor_wrong() -> None:
    made = packets(sound(1))
    found = hear([*made, *made[10:20]])
    assert (found.checked, found.unauthentic) == (50, 0)


def test_lost_packets_leave_ticks_missing_and_a_wrong_second() -> None:
    made = packets(sound(5))
    found = hear(made[:120] + made[123:], decode=True, tone=TONE)
    assert (found.ticks_missing, found.decoded, found.wrong_sound) == (3, 4, 1)


def test_what_comes_late_is_not_missing() -> None:
    made = packets(sound(1))
    found = hear([*made[:20], made[22], made[21], made[20], *made[23:]])
    assert (found.checked, found.ticks_missing) == (50, 0)


def test_a_pause_on_purpose_is_missing_only_where_sound_never_pauses() -> None:
    made = packets(sound(2), paused=10, pause_at=50)
    assert hear(made).ticks_missing == 0
    assert hear(made, tone=TONE).ticks_missing == 10
    assert hear(made[:49] + made[50:]).ticks_missing == 1


def test_another_tone_is_wrong() -> None:
    found = hear(packets(sound(5, (500.0,))), decode=True, tone=TONE)
    assert (found.decoded, found.wrong_sound) == (4, 4)


def test_any_sound_will_do_if_none_is_expected() -> None:
    found = hear(packets(sound(3, (500.0,))), decode=True)
    assert (found.decoded, found.wrong_sound) == (2, 0)


def test_without_keys_nothing_is_heard() -> None:
    findings = Findings()
    Proof(findings, decode=False, tone=()).hear(packets(sound(0.1))[0])
    assert findings == Findings()


@pytest.mark.parametrize("tone", [(440.0,), (340.0, 2110.0), TONE])
def test_a_hole_and_a_jump_of_phase_are_clicks(tone: tuple[float, ...]) -> None:
    whole = sound(1, tone)
    assert is_right(whole, tone)
    hole = whole.copy()
    hole[20_000:20_960] = 0
    assert not is_right(hole, tone)
    loudest = 20_000 + int(np.argmax(np.abs(whole[20_000:21_000])))
    jump = np.concatenate([whole[:loudest], -whole[loudest:]])
    assert not is_right(jump, tone)


def test_silence_and_noise_are_not_the_tone() -> None:
    rng = np.random.default_rng(1)
    assert not is_right(np.zeros(RATE, np.int16), TONE)
    assert not is_right(rng.normal(0, 3000, RATE).astype(np.int16), TONE)
