import contextlib
import re
from typing import Literal

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.media.peer import CLIENT_LEVEL_ID, MIXER_LEVEL_ID, RawPeer

from afterparty.media.events import MediaError
from afterparty.media.inward.answer import Local, write_answer
from afterparty.media.inward.sdp import CLIENT_LEVEL, MIXER_LEVEL, parse_offer

OFFER = RawPeer().offer()
LOCAL = Local(
    session_number=5,
    ufrag="ours",
    password="p" * 22,
    fingerprints=(("sha-256", ":".join(["AB"] * 32)),),
    candidates=("192.0.2.1", "2001:db8::1"),
    port=7000,
    ssrc=99,
    cname="name",
)
VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n"
DATA = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"
CERTIFICATE_LINE = re.compile(r"(a=fingerprint:sha-256) \S+")
CREDENTIALS = re.compile(r"a=(?:ice-ufrag|ice-pwd|fingerprint):")


def without(prefix: str) -> str:
    return "".join(line for line in OFFER.splitlines(True) if not line.startswith(prefix))


def test_reads_what_an_answer_depends_on() -> None:
    shape = parse_offer(OFFER).shape
    assert (shape.payload_type, shape.direction, shape.setup) == (111, "sendrecv", "actpass")
    assert shape.bundled
    assert shape.extension_id(CLIENT_LEVEL) == CLIENT_LEVEL_ID
    assert shape.extension_id(MIXER_LEVEL) == MIXER_LEVEL_ID
    assert shape.hears
    assert shape.speaks


@pytest.mark.parametrize(
    ("line", "maxptime"),
    [("", None), ("a=maxptime:60\r\n", 60), ("a=maxptime:60.5\r\n", None), ("a=maxptime\r\n", None),
     ("a=maxptime:-1\r\n", None), ("a=maxptime:" + "9" * 5000 + "\r\n", None)],
)  # fmt: skip
def test_reads_how_much_sound_a_packet_may_have(line: str, maxptime: int | None) -> None:
    assert parse_offer(OFFER + line).shape.maxptime == maxptime


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "sdp_malformed"),
        ("hello", "sdp_malformed"),
        ("v=0\r\nnonsense\r\n", "sdp_malformed"),
        (OFFER.replace("v=0", "v=1"), "sdp_malformed"),
        (OFFER.replace("m=audio 9 ", "m=audio nine "), "sdp_malformed"),
        (OFFER.replace("m=audio 9 ", "m=audio "), "sdp_malformed"),
        (OFFER + "m=\r\n", "sdp_malformed"),
        (OFFER.replace("a=setup:actpass", "a=setup:holdconn"), "sdp_malformed"),
        (OFFER.replace("a=mid:0", "a=mid:no token"), "sdp_malformed"),
        ("v=0\r\n", "sdp_no_audio"),
        (OFFER.replace("m=audio", "m=video"), "sdp_no_audio"),
        (OFFER.replace("m=audio 9", "m=audio 0"), "sdp_no_audio"),
        (OFFER.replace("opus/48000/2", "PCMU/8000"), "sdp_no_opus"),
        (OFFER.replace("111", "72"), "sdp_no_opus"),
        (without("a=fingerprint"), "sdp_no_fingerprint"),
        (OFFER.replace("sha-256", "md5"), "sdp_no_fingerprint"),
        (
            OFFER.replace("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 zz:"),
            "sdp_no_fingerprint",
        ),
        (without("a=ice-ufrag"), "sdp_no_ice"),
        (without("a=ice-pwd"), "sdp_no_ice"),
        (without("a=rtcp-mux"), "sdp_no_rtcp_mux"),
        (OFFER + "a=x\r\n" * 10_000, "sdp_too_large"),
        (OFFER + DATA * 16, "sdp_too_large"),
    ],
)
def test_a_bad_offer_is_refused_with_a_code(text: str, code: str) -> None:
    with pytest.raises(MediaError) as refused:
        parse_offer(text)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    ("offered", "answered"),
    [("sendrecv", "sendrecv"), ("recvonly", "sendonly"), ("sendonly", "recvonly"),
     ("inactive", "inactive")],
)  # fmt: skip
def test_the_direction_is_mirrored(offered: str, answered: str) -> None:
    answer = write_answer(parse_offer(RawPeer().offer(offered)), LOCAL)
    assert f"a={answered}\r\n" in answer
    assert ("a=ssrc:99" in answer) == (answered in ("sendrecv", "sendonly"))


@pytest.mark.parametrize(
    ("offered", "only", "answered"),
    [("sendrecv", "send", "sendonly"), ("recvonly", "send", "sendonly"),
     ("sendrecv", "receive", "recvonly"), ("sendonly", "receive", "recvonly"),
     ("sendonly", "send", None), ("inactive", "send", None),
     ("recvonly", "receive", None), ("inactive", "receive", None)],
)  # fmt: skip
def test_one_direction_only(
    offered: str, only: Literal["send", "receive"], answered: str | None
) -> None:
    text = RawPeer().offer(offered)
    if answered is None:
        with pytest.raises(MediaError) as refused:
            parse_offer(text, only)
        assert refused.value.code == "sdp_direction"
        return
    offer = parse_offer(text, only)
    assert f"a={answered}\r\n" in write_answer(offer, LOCAL)
    assert (offer.shape.hears, offer.shape.speaks) == (only == "send", only == "receive")
    assert parse_offer(text).shape.direction == offered  # what was read before is not kept so


def test_who_does_one_thing_only_has_one_track() -> None:
    audio = OFFER[OFFER.index("m=audio") :].replace("a=mid:0", "a=mid:1")
    two, refused = OFFER + audio, OFFER + audio.replace("m=audio 9", "m=audio 0")
    assert parse_offer(two).shape.audio == 0
    assert parse_offer(refused, "send").shape.audio == 0
    with pytest.raises(MediaError) as error:
        parse_offer(two, "send")
    assert error.value.code == "sdp_many_tracks"


def test_a_shape_is_read_once_and_its_values_belong_to_each() -> None:
    one, two = RawPeer(), RawPeer()
    first, second = parse_offer(one.offer()), parse_offer(two.offer())
    assert first.shape is second.shape
    assert (first.ufrag, second.ufrag) == (one.ufrag, two.ufrag)
    other = CERTIFICATE_LINE.sub(r"\1 " + ":".join(["CD"] * 32), one.offer())
    assert parse_offer(other).fingerprints == (("sha-256", ":".join(["CD"] * 32)),)
    assert parse_offer(other).shape is first.shape


def test_what_the_session_says_counts_where_the_section_is_silent() -> None:
    own = [line for line in OFFER.splitlines(True) if CREDENTIALS.match(line)]
    rest = "".join(line for line in OFFER.splitlines(True) if line not in own)
    head, audio = rest.split("m=audio")
    above = parse_offer(head + "".join(own) + "m=audio" + audio)
    assert above == parse_offer(OFFER)
    both = parse_offer(head + "".join(own).upper() + "m=audio" + OFFER.split("m=audio")[1])
    assert both == parse_offer(OFFER)


def test_the_answer_is_read_by_another_implementation() -> None:
    answer = SessionDescription.parse(write_answer(parse_offer(OFFER), LOCAL))
    (audio,) = answer.media
    assert audio.ice.iceLite
    assert (audio.ice.usernameFragment, audio.ice.password) == ("ours", "p" * 22)
    assert audio.dtls is not None
    assert audio.dtls.role == "server"
    assert audio.dtls.fingerprints[0].value == LOCAL.fingerprints[0][1]
    assert [(c.ip, c.port) for c in audio.ice_candidates] == [
        ("192.0.2.1", 7000), ("2001:db8::1", 7000),
    ]  # fmt: skip
    assert audio.ice_candidates[0].priority > audio.ice_candidates[1].priority
    assert audio.ice_candidates_complete
    assert audio.rtcp_mux or "a=rtcp-mux" in write_answer(parse_offer(OFFER), LOCAL)
    assert [c.payloadType for c in audio.rtp.codecs] == [111]
    assert {h.id for h in audio.rtp.headerExtensions} == {CLIENT_LEVEL_ID, MIXER_LEVEL_ID}
    assert audio.ssrc[0].ssrc == 99


def test_other_sections_are_refused_in_their_place() -> None:
    head, audio = OFFER.split("m=audio", 1)
    text = head.replace("BUNDLE 0", "BUNDLE 1 0 2") + VIDEO + "m=audio" + audio + DATA
    answer = write_answer(parse_offer(text), LOCAL)
    media = [line for line in answer.splitlines() if line.startswith("m=")]
    assert media == [
        "m=video 0 UDP/TLS/RTP/SAVPF 96 97",
        "m=audio 7000 UDP/TLS/RTP/SAVPF 111",
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
    ]
    assert "a=group:BUNDLE 0\r\n" in answer


def test_a_passive_client_gets_an_active_server() -> None:
    answer = write_answer(parse_offer(OFFER.replace("actpass", "passive")), LOCAL)
    assert "a=setup:active\r\n" in answer


@settings(deadline=None)
@given(st.text(max_size=300), st.integers(0, len(OFFER)), st.integers(0, 40))
def test_any_text_is_read_or_refused(text: str, at: int, cut: int) -> None:
    for offer in (text, "v=0\n" + text, OFFER[:at] + text + OFFER[at + cut :]):
        with contextlib.suppress(MediaError):  # anything else that is raised is a fault
            write_answer(parse_offer(offer), LOCAL)
