"""Plain data written as the YAML of a scenario file: what ``marks`` reads is what was written.

Save for characters that no file may have, which a stranger may have put into a title.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from afterparty.replay.words.marks import NO_TEXT

_UNSAFE = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd"
    "\\U00010000-\\U0010ffff]"
)
"""What YAML does not take as it is, or takes for the end of a line."""

_JOINERS = "\u200c\u200d"

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_WORDS = frozenset({"true", "false", "null"})


def written(data: Mapping[str, Any], head: Iterable[str] = ()) -> str:
    """A file: the lines of ``head`` as comments, then the data; entries of lists on a line each."""
    lines = [f"# {' '.join(_UNSAFE.sub('?', line).split())}" if line else "#" for line in head]
    lines.append("")
    for key, value in data.items():
        if isinstance(value, Sequence) and not isinstance(value, str) and value:
            lines += ["", f"{key}:", *(f"  - {_flow(one)}" for one in value), ""]
        else:
            lines.append(f"{key}: {_flow(value)}")
    text = "\n".join(lines).strip("\n")
    return text.replace("\n\n\n", "\n\n") + "\n"


def as_title(text: str) -> str:
    """A title that a stranger gave, with nothing in it that no title may have."""
    line = " ".join(text.split())
    return "".join(char if char.isprintable() or char in _JOINERS else "\ufffd" for char in line)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return json.dumps(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text not in _WORDS:
        return text
    text = NO_TEXT.sub("\ufffd", text)
    return _UNSAFE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
