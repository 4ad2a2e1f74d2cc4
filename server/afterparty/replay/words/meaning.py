"""What somebody most likely meant by what they wrote: a word, a key, a name, a number.

``wording`` tells it to an author; ``mending`` reads on by it, where it can be relied on.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from afterparty.replay.words.forms import closest, read_clock
from afterparty.replay.words.places import keys_of
from afterparty.wire.views import ID_PATTERN

Raw = Mapping[str, Any]
"""One of Pydantic's faults."""

MISSPELT = 0.75
"""How alike two words are of which one is the other misspelt; what is less alike is told to an
author, and not relied on."""

MEANT: Mapping[str, str] = MappingProxyType(
    {
        "speak": "say", "talk": "say", "line": "say", "start": "open", "begin": "open",
        "live": "open", "close": "end", "finish": "end", "stop": "end", "enter": "join",
        "come": "join", "arrive": "join", "go": "leave", "exit": "leave", "disconnect": "drop",
        "kick": "remove", "ban": "block", "handoff": "offer_handoff", "offer": "offer_handoff",
        "move": "offer_handoff", "question": "ask", "answer": "pick", "clap": "react",
        "hand": "raise_hand", "raise": "raise_hand", "approve": "accept", "promote": "accept",
        "over": "ended", "closed": "ended", "running": "live", "peak": "listeners",
        "count": "listeners", "moderator": "cohost", "guess": "synthetic",
        "all": "everyone", "anyone": "everyone", "anybody": "everyone", "everybody": "everyone",
        "nobody": "invited", "none": "invited", "invitation": "invited",
        "invented": "synthetic", "source": "seed", "news": "press", "log": "recorded",
    }
)  # fmt: skip
"""What people write for a word of the format."""


_TRUTHS: Mapping[str, bool] = MappingProxyType({"yes": True, "true": True, "on": True, "1": True,
                                                "no": False, "false": False, "off": False,
                                                "0": False})  # fmt: skip


def meant_by(fault: Raw, form: type[BaseModel] | None, missing: frozenset[str]) -> Any:
    """What an author is told that they meant, as far as it can be relied on; ``None``: it cannot.

    Of a key that there is none of it is the key's name.
    """
    found, kind = fault["input"], str(fault["type"])
    if kind == "extra_forbidden":
        return key_meant(str(fault["loc"][-1]), missing, keys_of(form) if form else {}) or None
    if kind == "union_tag_invalid":
        return closest(str(fault["ctx"]["tag"]).lower(), tags_of(fault), MISSPELT) or None
    if kind == "literal_error":
        return closest(str(found).lower(), literals_of(fault), MISSPELT) or None
    if kind == "string_pattern_mismatch":
        return name_meant(fault) or None
    if kind == "bool_type":
        return _TRUTHS.get(str(found).lower())
    if kind in ("int_type", "float_type"):
        meant = number_meant(found)
        return (float(meant) if "." in meant else int(meant)) if meant else None
    return None


def key_meant(key: str, missing: Iterable[str], known: Iterable[str]) -> str:
    """The key, missing or other, that is most like one that there is not; or nothing."""
    return closest(key, missing, cutoff=0.5) or closest(key, known)


def word_meant(found: object, known: list[str]) -> str:
    """The word of those known that somebody may have meant; or nothing."""
    text = str(found)
    meant = MEANT.get(text.lower(), "")
    return meant if meant in known else closest(text, known) or closest(text.lower(), known)


def tags_of(fault: Raw) -> list[str]:
    """The words of which one tells what something is."""
    return [tag.strip(" '") for tag in fault["ctx"]["expected_tags"].split(",")]


def literals_of(fault: Raw) -> list[str]:
    """The words of which one is written there."""
    return re.findall(r"'([^']*)'", str(fault["ctx"]["expected"]))


def name_meant(fault: Raw) -> str:
    """What was written, without what no name has; nothing if that is none either."""
    found = str(fault["input"])
    better = found.lstrip("@").strip().replace(" ", ".")
    is_name = fault["ctx"]["pattern"] == ID_PATTERN and re.fullmatch(ID_PATTERN, better)
    return better if is_name and better != found else ""


def number_meant(found: object) -> str:
    """The number that was written as text, with a comma, in per cent or as a time; or nothing."""
    if not isinstance(found, str):
        return ""
    if percent := re.fullmatch(r"(\d{1,3})\s*%", found, re.ASCII):
        return f"{int(percent[1]) / 100:g}"
    if re.fullmatch(r"\d{1,2}:[0-5]\d", found, re.ASCII):
        return f"{read_clock(found):g}"
    digits = re.sub(r"[,_\s]", "", found)
    return digits if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", digits, re.ASCII) else ""
