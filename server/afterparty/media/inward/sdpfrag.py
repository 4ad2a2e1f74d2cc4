"""Session description fragments (RFC 8840), as WHIP and WHEP trickle candidates and restart ICE.

Parsing is total, as in `sdp.py`. Candidates are not kept: a lite agent answers whoever
authenticates, from wherever that may be.
"""

import re
from dataclasses import dataclass

from afterparty.media.events import MediaError
from afterparty.media.inward.answer import candidate_lines

MAX_CHARACTERS = 16_384

_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_MID = re.compile(r"[!#-'*+\-.0-9A-Z^-~]{1,64}")
_MEDIA = re.compile(r"audio \d{1,5} [A-Z/]{1,32} [ !-~]{1,128}")


@dataclass(frozen=True, slots=True)
class Fragment:
    """What matters of a fragment."""

    ufrag: str | None
    password: str | None
    media: str | None
    """The audio section's media line, as it was."""
    mid: str | None


def parse_fragment(text: str) -> Fragment:
    """Read a fragment. Raises MediaError `bad_fragment`."""
    if len(text) > MAX_CHARACTERS:
        raise _bad(f"it is longer than {MAX_CHARACTERS} characters")
    found: dict[str, str] = {}
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith("a="):
            name, _, value = line[2:].partition(":")
            found.setdefault(name, value.strip())
        elif line.startswith("m="):
            found.setdefault("m", line[2:])
        elif line and line[1:2] != "=":
            raise _bad("a line is not of the form x=value")
    ufrag, password = found.get("ice-ufrag"), found.get("ice-pwd")
    if ufrag is not None and not _UFRAG.fullmatch(ufrag):
        raise _bad("its username fragment is none")
    if password is not None and not _PASSWORD.fullmatch(password):
        raise _bad("its password is none")
    media, mid = found.get("m", ""), found.get("mid", "")
    return Fragment(
        ufrag,
        password,
        media if _MEDIA.fullmatch(media) else None,
        mid if _MID.fullmatch(mid) else None,
    )


def _bad(what: str) -> MediaError:
    return MediaError("bad_fragment", f"The fragment is not valid: {what}.")


def write_fragment(
    asked: Fragment, ufrag: str, password: str, addresses: tuple[str, ...], port: int
) -> str:
    """Answer an ICE restart: our new credentials and all our candidates (RFC 9725 section 4.3)."""
    lines = ["a=ice-lite", f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{password}"]
    lines.append(f"m={asked.media or 'audio 9 UDP/TLS/RTP/SAVPF 0'}")
    if asked.mid is not None:
        lines.append(f"a=mid:{asked.mid}")
    lines += candidate_lines(addresses, port)
    return "\r\n".join([*lines, "a=end-of-candidates"]) + "\r\n"
