"""Answers (RFC 8866, RFC 8829, RFC 8839): an offer's audio accepted, everything else refused."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

from afterparty.media.inward.sdp import ANSWER_DIRECTION, ANSWER_SETUP, Offer, Section, Shape


@dataclass(frozen=True, slots=True)
class Local:
    """Our side of one session, as its answer states it."""

    session_number: int
    ufrag: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]
    candidates: tuple[str, ...]
    """IP addresses, the preferred one first."""
    port: int
    ssrc: int
    cname: str


def write_answer(offer: Offer, local: Local) -> str:
    """Answer an offer: its audio section accepted, every other section refused with port 0."""
    lines = [
        "v=0",
        f"o=- {local.session_number} 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=ice-lite",
    ]
    shape = offer.shape
    mid = shape.sections[shape.audio].mid
    if shape.bundled and mid is not None:
        lines.append(f"a=group:BUNDLE {mid}")
    lines += ["a=extmap-allow-mixed", f"a=msid-semantic: WMS {local.cname}"]
    for index, section in enumerate(shape.sections):
        if index == shape.audio:
            lines += _accepted(shape, section, local)
        else:
            lines += [f"m={section.kind} 0 {section.protocol} {section.formats}"]
            lines += ["c=IN IP4 0.0.0.0", "a=inactive"]
            if section.mid is not None:
                lines.append(f"a=mid:{section.mid}")
    return "\r\n".join(lines) + "\r\n"


def _accepted(shape: Shape, section: Section, local: Local) -> list[str]:
    pt = shape.payload_type
    lines = [f"m=audio {local.port} {section.protocol} {pt}", _connection(local.candidates[0])]
    if section.mid is not None:
        lines.append(f"a=mid:{section.mid}")
    lines += [
        f"a={ANSWER_DIRECTION[shape.direction]}",
        "a=rtcp-mux",
        f"a=rtpmap:{pt} opus/48000/2",
        f"a=fmtp:{pt} minptime=10;useinbandfec=1",
        "a=ptime:20",
        "a=maxptime:120",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=setup:{ANSWER_SETUP[shape.setup]}",
    ]
    lines += [f"a=extmap:{number} {uri}" for uri, number in shape.extensions]
    lines += [f"a=fingerprint:{function} {digits}" for function, digits in local.fingerprints]
    if shape.hears:
        lines += [f"a=msid:{local.cname} {local.cname}", f"a=ssrc:{local.ssrc} cname:{local.cname}"]
        lines += [f"a=ssrc:{local.ssrc} msid:{local.cname} {local.cname}"]
    lines += candidate_lines(local.candidates, local.port)
    return [*lines, "a=end-of-candidates"]


@lru_cache(maxsize=16)
def _connection(address: str) -> str:
    first = ipaddress.ip_address(address)
    return f"c=IN IP{first.version} {first}"


@lru_cache(maxsize=16)
def candidate_lines(addresses: tuple[str, ...], port: int) -> tuple[str, ...]:
    """Host candidates; priorities by RFC 8445 section 5.1.2.1, in the order given."""
    lines = []
    for i, address in enumerate(addresses):
        priority = (126 << 24) + ((65_535 - i) << 8) + 255
        lines.append(f"a=candidate:{i + 1} 1 udp {priority} {address} {port} typ host")
    return tuple(lines)
