"""The doors that strangers' bytes come in by, each as one function of one input.

A door answers a word for what it made of the input. Any exception that comes out of it is a
finding: what is documented to be raised is caught here, and nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ValidationError
from tests.fuzz.datagrams import datagram, datagram_seeds
from tests.fuzz.packets import rtp
from tests.fuzz.relayed import relayed

from afterparty.media.datagrams.stun import (
    Key,
    StunError,
    is_authentic,
    mapped_address,
    parse_request,
    success,
)
from afterparty.media.events import MediaError
from afterparty.media.inward.answer import Local, write_answer
from afterparty.media.inward.sdp import parse_offer
from afterparty.media.inward.sdpfrag import parse_fragment, write_fragment
from afterparty.node.doors import socket
from afterparty.replay.words.loading import FAULTS_LIMIT, ScenarioError, parse
from afterparty.wire import messages as m
from afterparty.wire.problems import PROBLEMS

CORPUS = Path(__file__).parent / "corpus"

LOCAL = Local(1, "ours", "p" * 24, (("sha-256", "AB:CD"),), ("192.0.2.1",), 40000, 7, "cname")


_NOBODYS = Key(b"a password that nobody has")
_MAPPED = tuple(
    mapped_address(host, 9) for host in ("192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7")
)


def stun(data: bytes) -> str:
    """A binding request; read in the usual way and at length it comes to the same."""
    try:
        request = parse_request(data)
    except StunError as refused:
        return refused.reason
    assert parse_request(data, request.usual) == request
    assert not is_authentic(request, _NOBODYS)
    for mapped in _MAPPED:
        success(request, mapped, _NOBODYS)
    return "nominates" if request.usual.use_candidate else "request"


def sdp(data: bytes) -> str:
    """An offer, whatever we are to do; its answer is lines of SDP and nothing else."""
    text, told = data.decode(errors="replace"), []
    for only in (None, "send", "receive"):
        try:
            offer = parse_offer(text, only)  # type: ignore[arg-type]
        except MediaError as refused:
            told.append(_documented(refused))
        else:
            _lines(write_answer(offer, LOCAL))
            told.append(offer.shape.direction)
    return " ".join(told)


def _documented(refused: MediaError) -> str:
    assert refused.code in PROBLEMS, refused.code
    return refused.code


def _lines(text: str) -> None:
    for line in text.removesuffix("\r\n").split("\r\n"):
        assert line[1:2] == "=", f"not a line of SDP: {line!r}"
        assert line.isprintable(), f"controls in an answer: {line!r}"


def sdpfrag(data: bytes) -> str:
    """A fragment of a description, and what is answered to it."""
    try:
        asked = parse_fragment(data.decode(errors="replace"))
    except MediaError as refused:
        return f"{_documented(refused)} {refused.message}"
    _lines(write_fragment(asked, "ours", "p" * 24, ("192.0.2.1",), 40000))
    return f"{asked.ufrag is None} {asked.media is None} {asked.mid is None}"


def messages(data: bytes) -> str:
    """A WebSocket message, and what its sender is told of it."""
    text = data.decode(errors="replace")
    ref = socket._ref(text)
    try:
        message = m.from_client.validate_json(text)
    except ValidationError as error:
        code, said = socket._what_is_wrong(error)
        assert code in ("bad_json", "bad_message")
        m.encode(m.Refused(ref=ref, code=code, message=said))
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{code} {first['type']}"
    assert message.ref == ref or message.ref == 0
    m.encode(message)
    return message.type


def scenario(data: bytes) -> str:
    """A scenario file; what is wrong is told with its line."""
    try:
        found = parse(data.decode(errors="replace"))
    except ScenarioError as refused:
        return _told(refused)
    return f"{len(found.beats)} beats"


def _told(refused: ScenarioError) -> str:
    assert all(fault.line >= 1 and fault.says for fault in refused.faults)
    assert len(str(refused).splitlines()) >= min(len(refused.faults), FAULTS_LIMIT) > 0
    return refused.faults[0].says[:25]


@dataclass(frozen=True)
class Door:
    """One door, and what it takes to make inputs for it."""

    take: Callable[[bytes], str]
    words: tuple[bytes, ...]
    """What inputs are made of: put in here and there."""
    share: float
    """Of all inputs, how many come in here: the slow ones are fewer."""
    short: int
    """How many in the short run of the tests."""
    seeds: Callable[[], Sequence[bytes]] = tuple
    """Seeds that cannot be kept in a file, because they are of this run."""


_SDP = (
    b"a=", b"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", b"m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", b"v=0",
    b"a=ice-ufrag:", b"a=ice-pwd:", b"a=fingerprint:sha-256 ", b"a=setup:active\r\n", b"\r\n",
    b"a=group:BUNDLE ", b"a=mid:", b"a=rtcp-mux\r\n", b"a=sendonly\r\n", b"a=recvonly\r\n",
    b"a=inactive\r\n", b"a=rtpmap:111 opus/48000/2\r\n", b"a=extmap:1 ", b"a=msid:", b"\n", b"\r",
    b"urn:ietf:params:rtp-hdrext:ssrc-audio-level", b"\xe2\x80\xa8", b"\xd9\xa1", b"\x00", b" ",
)  # fmt: skip
_JSON = (
    b'"type": ', b'"ref": ', b'"hello"', b'"token": ', b'"room": ', b'"member": ', b'"sdp": ',
    b'"say"', b'"text": ', b'"language": ', b'"invite"', b'"role": "cohost"', b'"seconds": ',
    b'"offer_handoff"', b'"to_room": ', b'"react"', b"null", b"true", b"[", b"]", b"{", b"}", b",",
    b'"\\ud800"', b'"\\u0000"', b"1e400", b"-0", b"NaN", b"Infinity", b"\xef\xbb\xbf", b'"ref": 0,',
    b"[" * 200, b'{"a":' * 200,
)  # fmt: skip
_YAML = (
    b"- ", b": ", b"&a ", b"*a", b"!!python/object:os.system ", b"<<: ", b"? ", b"|\n", b">-\n",
    b"{", b"}", b"[", b"]", b"'", b'"', b"#", b"---\n", b"...\n", b"\t", b"%YAML 1.2\n", b"at: ",
    b"who: ", b"do: ", b"beats:\n", b"cast:\n", b"audience:\n", b"expect:\n", b'"0:30"', b".nan",
    b"1e999", b"9999999999999999", b"0x10", b"\xe2\x80\xa8", b"\\ud800", b"[" * 100, b"- " * 100,
    b"  ", b"\n",
)  # fmt: skip
_BYTES = (
    b"\x21\x12\xa4\x42", b"\x00\x06", b"\x00\x08\x00\x14", b"\x80\x28\x00\x04", b"\x00\x25\x00\x00",
    b"\x00\x01\x00\x00", b"\x01\x01", b"\xff\xff", b"\x16\xfe\xfd", b"\x15\xfe\xfd",
    b"\xbe\xde", b"\x80\x6f", b"\x90\xef", b"\xb0", b"\x80\xc8", b"\x81\xc9", b"\x00" * 16,
)  # fmt: skip
_RELAY = (
    b"\x01", b"\x02", b"\x03", b"\x05mixed", b"\x05heard", b"\x04none", b"\x00" * 8, b"\xff" * 8,
    b"\x00\x00\x00\x07", b"\xf8\xff\xfe", b"\x7b", b"\xff\xff\xff\xff", b"\x0f", b"\x10",
)  # fmt: skip

DOORS: dict[str, Door] = {
    "stun": Door(stun, _BYTES, 0.34, 20_000),
    "datagram": Door(datagram, _BYTES, 0.14, 8_000, datagram_seeds),
    "relay": Door(relayed, _RELAY, 0.02, 1_000),
    "sdp": Door(sdp, _SDP, 0.1, 4_000),
    "sdpfrag": Door(sdpfrag, _SDP, 0.17, 12_000),
    "rtp": Door(rtp, _BYTES, 0.12, 6_000),
    "messages": Door(messages, _JSON, 0.105, 8_000),
    "scenario": Door(scenario, _YAML, 0.005, 150),
}


@cache
def kept(door: str) -> tuple[bytes, ...]:
    """The corpus of a door, in the order of its names."""
    return tuple(file.read_bytes() for file in sorted((CORPUS / door).iterdir()))
