"""Offers and answers as text."""

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from afterparty.client import sdp

OFFER = sdp.write_offer(
    session=1,
    ufrag="abcd",
    password="p" * 24,
    fingerprints=[("sha-256", "AA:BB")],
    addresses=[("127.0.0.1", 5000), ("192.0.2.7", 5000)],
    ssrc=42,
)

ANSWER = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=ice-lite
a=group:BUNDLE 0
a=fingerprint:SHA-256 11:22
m=audio 9 UDP/TLS/RTP/SAVPF 96
a=mid:0
a=sendrecv
a=rtcp-mux
a=ice-ufrag:serv
a=ice-pwd:secret
a=setup:passive
a=rtpmap:96 opus/48000/2
a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:csrc-audio-level
a=candidate:1 1 udp 2130706431 192.0.2.1 7000 typ host
a=candidate:2 1 UDP 100 127.0.0.1 7000 typ host
a=candidate:3 1 tcp 2130706431 192.0.2.1 7000 typ host tcptype passive
a=candidate:4 2 udp 2130706431 192.0.2.1 7001 typ host
a=candidate:5 1 udp 2130706431 0123.local 7000 typ host
a=candidate:6 1 udp 2130706431 2001:db8::1 7000 typ host
a=candidate:7 1 udp 2130706431 192.0.2.1 99999 typ host
a=candidate:8
m=video 0 UDP/TLS/RTP/SAVPF 97
a=ice-ufrag:wrong
"""


def test_an_offer_as_aiortc_reads_it() -> None:
    read = SessionDescription.parse(OFFER)
    (audio,) = read.media
    assert (audio.kind, audio.direction, audio.rtcp_mux, audio.rtp.muxId) == (
        "audio", "sendrecv", True, "0",
    )  # fmt: skip
    assert read.group[0].items == ["0"]
    assert audio.dtls.role == "auto"
    assert [(c.ip, c.port, c.type) for c in audio.ice_candidates] == [
        ("127.0.0.1", 5000, "host"),
        ("192.0.2.7", 5000, "host"),
    ]
    assert {e.uri for e in audio.rtp.headerExtensions} == {
        sdp.SSRC_AUDIO_LEVEL,
        sdp.CSRC_AUDIO_LEVEL,
    }
    assert audio.rtp.codecs[0].mimeType == "audio/opus"
    assert audio.ssrc[0].ssrc == 42


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_answer(newline: str) -> None:
    answer = sdp.read_answer(ANSWER.replace("\n", newline))
    assert answer == sdp.Answer(
        ufrag="serv",
        password="secret",
        fingerprints=(("sha-256", "11:22"),),
        candidates=(("127.0.0.1", 7000), ("192.0.2.1", 7000)),
        setup="passive",
        payload_type=96,
        ssrc_level_number=None,
        csrc_level_number=4,
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("m=audio 9", "m=audio 0"), "rejects"),
        (("m=audio", "m=text"), "no audio"),
        (("a=ice-pwd", "a=x"), "no ice-pwd"),
        (("a=ice-ufrag:serv", "a=x"), "no ice-ufrag"),
        (("a=fingerprint", "a=x"), "no fingerprint"),
        (("passive\n", "actpass\n"), "neither"),
        (("a=sendrecv", "a=inactive"), "inactive"),
        (("opus", "PCMU"), "Opus"),
        (("a=candidate", "a=x"), "candidate"),
        (("s=-", "s=" + "x" * sdp.MAX_ANSWER), "too long"),
    ],
)
def test_answers_of_no_use(change: tuple[str, str], words: str) -> None:
    with pytest.raises(sdp.BadAnswerError, match=words):
        sdp.read_answer(ANSWER.replace(*change))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 25), st.text(max_size=30)), max_size=6))
def test_spoilt_answers_are_read_or_refused(spoilt: list[tuple[int, str]]) -> None:
    lines = ANSWER.splitlines()
    for place, text in spoilt:
        lines[place] = lines[place][:12] + text
    try:
        answer = sdp.read_answer("\n".join(lines))
    except sdp.BadAnswerError:
        return
    assert answer.candidates
    assert 0 <= answer.payload_type < 128
