"""Offers (RFC 8866, RFC 8829, RFC 9725), as far as one audio section needs them.

Parsing is total: any text gives an Offer or a MediaError with a stable code. It reads only what
the answer depends on, once, and in bounded space. Browsers of one kind offer the same but for a few
lines of their own; so those are taken out first, and the rest, the shape, is read once for all.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from afterparty.media.events import MediaError

MAX_CHARACTERS = 32_768
MAX_SECTIONS = 16

CLIENT_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"  # RFC 6464
MIXER_LEVEL = "urn:ietf:params:rtp-hdrext:csrc-audio-level"  # RFC 6465
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"  # RFC 9143
_EXTENSIONS = (CLIENT_LEVEL, MIXER_LEVEL, MID)

ANSWER_DIRECTION = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}
ANSWER_SETUP = {"actpass": "passive", "active": "passive", "passive": "active"}
_FINGERPRINT = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
_OFFERED_FOR = {"send": "recvonly", "receive": "sendonly"}

_OWN = re.compile(
    r"^(?:(a=(?:ice-ufrag|ice-pwd|fingerprint):)|o=|a=(?:candidate|ssrc|ssrc-group|msid):)(.*)$",
    re.MULTILINE,
)
"""Lines that differ from client to client. Of those in a group the value is read; nothing depends
on the others."""
_DIGEST = re.compile(r"(?:[0-9A-Fa-f]{2}:)*[0-9A-Fa-f]{2}")
_TOKEN = re.compile(r"[!#-'*+\-.0-9A-Z^-~]{1,64}")
_ICE_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_ICE_PWD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_MEDIA = re.compile(r"([a-z]{1,16}) (\d{1,5})(?:/\d{1,5})? ([A-Z/]{1,32})((?: [!-~]{1,32}){1,64})")
_OPUS = re.compile(r"(\d{1,3}) opus/48000/2", re.IGNORECASE)
_EXTMAP = re.compile(r"(\d{1,5})(?:/[a-z]{1,8})? (\S{1,255})(?: .*)?")
_MAXPTIME = re.compile(r"[0-9]{1,5}")
_SESSION_LEVEL = ("fingerprint", "setup", "ice-ufrag", "ice-pwd")


@dataclass(frozen=True, slots=True)
class Section:
    """What is repeated of any offered section, accepted or not."""

    kind: str
    protocol: str
    formats: str
    mid: str | None


@dataclass(frozen=True, slots=True)
class Shape:
    """What answer and session need to know of an offer, and many clients have in common."""

    sections: tuple[Section, ...]
    audio: int
    """Index of the audio section that is accepted."""
    bundled: bool
    setup: str
    direction: str
    """What the client may do, of what it offers."""
    payload_type: int
    extensions: tuple[tuple[str, int], ...]
    """(URI, id) of the header extensions that both sides know, ids from 1 to 14."""
    maxptime: int | None
    """Milliseconds of sound that the client wants in a packet at most (RFC 8866 section 6.5)."""

    def extension_id(self, uri: str) -> int | None:
        """Id of a header extension; None if it was not negotiated."""
        return dict(self.extensions).get(uri)

    @property
    def hears(self) -> bool:
        """Whether the client wants sound from us."""
        return self.direction in ("sendrecv", "recvonly")

    @property
    def speaks(self) -> bool:
        """Whether the client may send sound to us."""
        return self.direction in ("sendrecv", "sendonly")


class Offer(NamedTuple):
    """One client's offer."""

    shape: Shape
    ufrag: str
    fingerprints: tuple[tuple[str, str], ...]
    """(hash function, colon-separated hexadecimal digits); all are of known functions."""


Attributes: TypeAlias = list[tuple[str, str]]
Only: TypeAlias = Literal["send", "receive"] | None
"""What we are to do, whatever else an offer allows: send (WHEP), receive (WHIP)."""


class _Read(NamedTuple):
    """A shape, and which of the client's own values count: numbers in the order of the text."""

    shape: Shape
    ufrag: int
    password: int
    fingerprints: tuple[int, ...]


def parse_offer(text: str, only: Only = None) -> Offer:
    """Read an offer. Raises MediaError: sdp_too_large, sdp_malformed, sdp_no_audio, sdp_no_opus,
    sdp_no_fingerprint, sdp_no_ice, sdp_no_rtcp_mux; and if we are to do one thing `only`,
    sdp_direction and sdp_many_tracks."""
    if len(text) > MAX_CHARACTERS:
        raise MediaError("sdp_too_large", f"The offer is longer than {MAX_CHARACTERS} characters.")
    values: list[str] = []

    def take_out(line: re.Match[str]) -> str:
        if line[1] is None:
            return ""
        values.append(line[2].strip())
        return f"{line[1]}{len(values) - 1}"

    read = _read(_OWN.sub(take_out, text.replace("\r\n", "\n")), only)
    ufrag = values[read.ufrag]
    if not is_ufrag(ufrag) or not _ICE_PWD.fullmatch(values[read.password]):
        raise _no_ice()
    return Offer(read.shape, ufrag, _fingerprints([values[i] for i in read.fingerprints]))


def is_ufrag(text: str) -> bool:
    """Whether this is a username fragment (RFC 8839 section 5.4)."""
    return _ICE_UFRAG.fullmatch(text) is not None


@lru_cache(maxsize=64)
def _read(text: str, only: Only) -> _Read:
    """Read an offer in which a number stands for each of the client's own values."""
    session, sections = _split(text)
    if len(sections) > MAX_SECTIONS:
        raise MediaError("sdp_too_large", f"The offer has more than {MAX_SECTIONS} sections.")
    heads = tuple(_section(line, attributes) for line, attributes in sections)
    tracks = [i for i, (line, _) in enumerate(sections) if _is_audio(line)]
    if not tracks:
        raise MediaError("sdp_no_audio", "The offer has no audio section.")
    audio = tracks[0]
    own = sections[audio][1]
    named = {name for name, _ in own}
    both = own + [(n, v) for n, v in session if n in _SESSION_LEVEL and n not in named]
    one = dict(reversed(both))  # the first of each name counts
    # A name without a value has no number.
    if not one.get("ice-ufrag") or not one.get("ice-pwd"):
        raise _no_ice()
    setup = one.get("setup", "actpass")
    if setup not in ANSWER_SETUP:
        raise _malformed("its DTLS setup is unknown")
    if "rtcp-mux" not in one:
        raise MediaError("sdp_no_rtcp_mux", "The offer does not multiplex RTP and RTCP.")
    mid = heads[audio].mid
    shape = Shape(
        sections=heads,
        audio=audio,
        bundled=any(
            n == "group" and v.startswith("BUNDLE ") and mid in v.split()[1:] for n, v in session
        ),
        setup=setup,
        direction=next((n for n, _ in own if n in ANSWER_DIRECTION), "sendrecv"),
        payload_type=_opus(own, heads[audio].formats),
        extensions=_extensions(own),
        maxptime=int(most) if _MAXPTIME.fullmatch(most := one.get("maxptime", "")) else None,
    )
    fingerprints = tuple(int(v) for n, v in both if n == "fingerprint" and v)
    if only is not None:
        if len(tracks) > 1:
            raise MediaError("sdp_many_tracks", "The offer has more than one audio section.")
        shape = _narrowed(shape, only)
    return _Read(shape, int(one["ice-ufrag"]), int(one["ice-pwd"]), fingerprints)


def _narrowed(shape: Shape, only: Literal["send", "receive"]) -> Shape:
    if not (shape.hears if only == "send" else shape.speaks):
        does = "receive" if only == "send" else "send"
        raise MediaError("sdp_direction", f"The offer does not {does} sound.")
    return replace(shape, direction=_OFFERED_FOR[only])


def _no_ice() -> MediaError:
    return MediaError("sdp_no_ice", "The offer has no valid ICE username fragment and password.")


def _malformed(what: str) -> MediaError:
    return MediaError("sdp_malformed", f"The offer is not valid SDP: {what}.")


def _split(text: str) -> tuple[Attributes, list[tuple[str, Attributes]]]:
    """Split SDP in the session's attributes and (media line, attributes) of each section."""
    session: Attributes = []
    sections: list[tuple[str, Attributes]] = []
    lines = text.split("\n")
    if lines[0] != "v=0":
        raise _malformed("it does not begin with v=0")
    for line in lines:
        if line.startswith("m="):
            sections.append((line[2:], []))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            (sections[-1][1] if sections else session).append((name, value.strip()))
        elif line and (len(line) < 2 or line[1] != "="):
            raise _malformed("a line is not of the form x=value")
    return session, sections


def _section(line: str, attributes: Attributes) -> Section:
    media = _MEDIA.fullmatch(line)
    if media is None:
        raise _malformed("a media line cannot be read")
    mid = next((value for name, value in attributes if name == "mid"), None)
    if mid is not None and not _TOKEN.fullmatch(mid):
        raise _malformed("a mid is not a token")
    return Section(media[1], media[3], media[4].strip(), mid)


def _is_audio(line: str) -> bool:
    kind, port, *_ = line.split(" ")
    return kind == "audio" and port != "0"


def _opus(attributes: Attributes, formats: str) -> int:
    offered = formats.split()
    for name, value in attributes:
        found = _OPUS.fullmatch(value) if name == "rtpmap" else None
        # 64 to 95 would be taken for RTCP (RFC 5761 section 4).
        if found and found[1] in offered and (int(found[1]) < 64 or 95 < int(found[1]) < 128):
            return int(found[1])
    raise MediaError("sdp_no_opus", "The offer's audio section does not offer Opus.")


def _fingerprints(values: list[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for value in values:
        name, _, digits = value.partition(" ")
        size = _FINGERPRINT.get(name.lower())
        if size and len(digits) == 3 * size - 1 and _DIGEST.fullmatch(digits):
            found.append((name.lower(), digits.upper()))
    if not found:
        raise MediaError("sdp_no_fingerprint", "The offer has no usable certificate fingerprint.")
    return tuple(found[:4])


def _extensions(attributes: Attributes) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for name, value in attributes:
        entry = _EXTMAP.fullmatch(value) if name == "extmap" else None
        if entry and entry[2] in _EXTENSIONS and 1 <= int(entry[1]) <= 14:
            found.setdefault(entry[2], int(entry[1]))
    return tuple(found.items())
