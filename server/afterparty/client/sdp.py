"""The client's offer and what it needs from an answer: one audio section, nothing else. Pure text.

Follows JSEP (RFC 8829) in what it writes and is lenient in what it reads, so any WebRTC server that
answers with a host candidate will do. Must not import the server's SDP code, which it checks.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

SSRC_AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
CSRC_AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:csrc-audio-level"

PAYLOAD_TYPE = 111
MAX_ANSWER = 65_536
MAX_CANDIDATES = 16


class BadAnswerError(ValueError):
    """The answer is not one this client can use; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What of an answer matters to a peer."""

    ufrag: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]
    """`(algorithm, value)` pairs (RFC 8122)."""
    candidates: tuple[tuple[str, int], ...]
    """IPv4 UDP addresses, best first: loopback, then by the answer's own priority."""
    setup: Literal["active", "passive"]
    """The server's DTLS role."""
    payload_type: int
    ssrc_level_number: int | None
    """Number of the ssrc-audio-level extension (RFC 6464), if it was accepted."""
    csrc_level_number: int | None
    """Number of the csrc-audio-level extension (RFC 6465), if it was accepted."""


def write_offer(
    *,
    session: int,
    ufrag: str,
    password: str,
    fingerprints: Sequence[tuple[str, str]],
    addresses: Sequence[tuple[str, int]],
    ssrc: int | None,
) -> str:
    """The offer: `sendrecv` Opus over DTLS-SRTP, everything bundled on one transport.

    `addresses` are the peer's host candidates, best first; at least one. Without an `ssrc` the
    offer is `recvonly`.
    """
    host, port = addresses[0]
    lines = [
        "v=0",
        f"o=- {session} 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "a=msid-semantic: WMS *",
        f"m=audio {port} UDP/TLS/RTP/SAVPF {PAYLOAD_TYPE}",
        f"c=IN IP4 {host}",
        "a=mid:0",
        "a=recvonly" if ssrc is None else "a=sendrecv",
        "a=rtcp-mux",
        f"a=rtpmap:{PAYLOAD_TYPE} opus/48000/2",
        f"a=fmtp:{PAYLOAD_TYPE} minptime=10;useinbandfec=1",
        f"a=extmap:1 {SSRC_AUDIO_LEVEL}",
        f"a=extmap:2 {CSRC_AUDIO_LEVEL}",
        *(() if ssrc is None else (f"a=msid:- voice-{ssrc}", f"a=ssrc:{ssrc} cname:peer-{ssrc}")),
        "a=setup:actpass",
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password}",
        *(f"a=fingerprint:{algorithm} {value}" for algorithm, value in fingerprints),
        *(
            f"a=candidate:{place} 1 udp {host_priority(place)} {address} {number} typ host"
            for place, (address, number) in enumerate(addresses, start=1)
        ),
        "a=end-of-candidates",
    ]
    return "\r\n".join(lines) + "\r\n"


def host_priority(place: int) -> int:
    """Priority of the host candidate in this place, 1 being the best (RFC 8445 section 5.1.2.1)."""
    return (126 << 24) | ((65_536 - place) << 8) | 255


def read_answer(text: str) -> Answer:
    """Read an answer; raises `BadAnswerError`."""
    if len(text) > MAX_ANSWER:
        raise BadAnswerError("The answer is too long.")
    attributes = _audio_attributes(text.splitlines())

    def one(name: str) -> str:
        values = attributes.get(name)
        if not values:
            raise BadAnswerError(f"The answer has no {name}.")
        return values[-1]

    fingerprints = tuple(
        (algorithm.lower(), value.strip())
        for algorithm, _, value in (f.partition(" ") for f in attributes.get("fingerprint", []))
    )
    if not fingerprints:
        raise BadAnswerError("The answer has no fingerprint.")
    if one("setup") not in ("active", "passive"):
        raise BadAnswerError("The answer's setup is neither active nor passive.")
    if "inactive" in attributes:
        raise BadAnswerError("The answer's audio section is inactive.")
    candidates = _candidates(attributes.get("candidate", []))
    if not candidates:
        raise BadAnswerError("The answer has no IPv4 UDP candidate.")
    extensions = _extensions(attributes.get("extmap", []))
    return Answer(
        ufrag=one("ice-ufrag"),
        password=one("ice-pwd"),
        fingerprints=fingerprints,
        candidates=candidates,
        setup="active" if one("setup") == "active" else "passive",
        payload_type=_opus(attributes.get("rtpmap", [])),
        ssrc_level_number=extensions.get(SSRC_AUDIO_LEVEL),
        csrc_level_number=extensions.get(CSRC_AUDIO_LEVEL),
    )


def _audio_attributes(lines: Sequence[str]) -> dict[str, list[str]]:
    """Attributes of the session and of its first audio section; a section's own come last."""
    found: dict[str, list[str]] = {}
    section, has_audio = "session", False
    for line in lines:
        if line.startswith("m="):
            fields = line[2:].split()
            is_audio = fields[:1] == ["audio"] and not has_audio
            section = "audio" if is_audio else "other"
            if is_audio:
                has_audio = True
                if len(fields) < 4 or fields[1] == "0":
                    raise BadAnswerError("The answer rejects the audio section.")
        elif line.startswith("a=") and section != "other":
            name, _, value = line[2:].partition(":")
            found.setdefault(name, []).append(value)
    if not has_audio:
        raise BadAnswerError("The answer has no audio section.")
    return found


def _candidates(values: Sequence[str]) -> tuple[tuple[str, int], ...]:
    found: list[tuple[bool, int, str, int]] = []
    for value in values[:MAX_CANDIDATES]:
        fields = value.split()
        if len(fields) < 8 or fields[1] != "1" or fields[2].lower() != "udp":
            continue
        try:
            address = ipaddress.IPv4Address(fields[4])
            priority, port = int(fields[3]), int(fields[5])
        except ValueError:
            continue
        if 0 < port < 65_536:
            found.append((not address.is_loopback, -priority, str(address), port))
    return tuple(dict.fromkeys((address, port) for _, _, address, port in sorted(found)))


def _extensions(values: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in values:
        number, _, uri = value.partition(" ")
        number = number.partition("/")[0]
        if number.isdecimal() and 1 <= int(number) <= 14:
            found[uri.strip()] = int(number)
    return found


def _opus(values: Sequence[str]) -> int:
    for value in values:
        number, _, codec = value.partition(" ")
        if codec.lower().startswith("opus/48000") and number.isdecimal() and int(number) < 128:
            return int(number)
    raise BadAnswerError("The answer does not accept Opus.")
