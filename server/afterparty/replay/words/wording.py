"""A fault of form in words that an author can act on: what was expected, what is there, what to do.

From Pydantic's faults; nothing of Pydantic's own English is told where a table here has better.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from afterparty.replay.words.forms import closest, read_clock
from afterparty.replay.words.places import form_of, keys_of
from afterparty.wire.views import ID_PATTERN, LANGUAGE_PATTERN

Raw = Mapping[str, Any]
"""One of Pydantic's faults."""

SHOWN = 60
"""Characters of what somebody wrote that are told again."""

MISSPELT = 0.75
"""How alike two words are of which one is the other misspelt. Of what tells what something is,
less is told to an author and not taken for granted."""

PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        ID_PATTERN: "a name of letters, digits, '_', '.' and '-', without spaces or '@'",
        LANGUAGE_PATTERN: "a language tag, as 'en' or 'ko'",
        r"^[a-z][a-z0-9-]{0,29}$": "small letters, digits and '-', at most 30",
        r"^[a-z][a-z0-9-]{0,19}$": "small letters, digits and '-', at most 20",
        r"^[a-z][a-z0-9-]{0,39}$": "small letters, digits and '-', at most 40",
        r"^[a-z_]{1,40}$": "a code of small letters and '_', as 'muted'",
        r"^#[^\s#]{1,49}$": "one word after a '#', in quotes, as \"#Ask_NAME\"",
        r"^[+-](0\d|1[0-4]):[0-5]\d$": "hours ahead of UTC, in quotes, as \"+09:00\"",
        r"^https?://\S+$": "an address that begins with http:// or https://",
        r"^\d{4}(-\d{2}(-\d{2})?)?$": "a date as far as it is known, in quotes: \"2021-05-06\", "
        '"2021-05" or "2021"',
        r"^\d{4}-\d{2}-\d{2}$": "a day, as \"2021-06-30\"",
    }
)  # fmt: skip
"""What a pattern asks for."""

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


def shown(found: object) -> str:
    """Something written, as it is told again: in quotes if it is text, and never long."""
    if isinstance(found, bool) or found is None:
        return {True: "true", False: "false", None: "nothing"}[found]
    if isinstance(found, dict):
        return "keys and values"
    if isinstance(found, list):
        return "a list"
    text = str(found)
    text = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return f"'{text}'" if isinstance(found, str) else text


def word(fault: Raw, form: type[BaseModel] | None, missing: frozenset[str]) -> str:
    """A fault in words. ``form``: where its key stands; ``missing``: what else it should have."""
    kind = str(fault["type"])
    if kind == "missing":
        means = keys_of(form).get(str(fault["loc"][-1]), "") if form else ""
        return f"is missing{': ' + _plain(means) if means else ''}"
    if kind == "extra_forbidden":
        return _no_such_key(fault, form, missing)
    if kind in ("model_type", "model_attributes_type"):
        return _keys(fault, form)
    if kind == "string_type" and type(fault["input"]) in (int, float):
        pattern = _pattern_of(form, str(fault["loc"][-1]))
        if not re.search(pattern, str(fault["input"])):
            return f"expected {PATTERNS[pattern]}; not {shown(fault['input'])}"
    if kind in _WORDS:
        return _WORDS[kind](fault)
    said = str(fault["msg"]).removeprefix("Value error, ")
    found = fault["input"]
    what = "" if isinstance(found, (dict, list)) else f", not {shown(found)}"
    asked, hint, better = said.partition("; did you mean")
    return f"{asked[:1].lower()}{asked[1:]}{what}{hint}{better}"


def meant_by(fault: Raw, form: type[BaseModel] | None, missing: frozenset[str]) -> Any:
    """What an author is told that they meant, as far as it can be relied on; ``None``: it cannot.

    Of a key that there is none of it is the key's name.
    """
    found, kind = fault["input"], str(fault["type"])
    if kind == "extra_forbidden":
        return _key_meant(str(fault["loc"][-1]), missing, keys_of(form) if form else {}) or None
    if kind == "union_tag_invalid":
        return closest(str(fault["ctx"]["tag"]).lower(), _tags(fault), MISSPELT) or None
    if kind == "literal_error":
        return closest(str(found).lower(), _literals(fault), MISSPELT) or None
    if kind == "string_pattern_mismatch":
        return _name_meant(fault) or None
    if kind == "bool_type":
        return _TRUTHS.get(str(found).lower())
    if kind in ("int_type", "float_type"):
        meant = _number_meant(found)
        return (float(meant) if "." in meant else int(meant)) if meant else None
    return None


def _plain(means: str) -> str:
    first = means.replace("``", "'").split("\n\n")[0]
    return " ".join(first.split()).rstrip(".")


def _no_such_key(fault: Raw, form: type[BaseModel] | None, missing: frozenset[str]) -> str:
    key = str(fault["loc"][-1])
    known = keys_of(form) if form else {}
    if close := _key_meant(key, missing, known):
        return f"there is no such key; did you mean '{close}'?"
    if fault["input"] is None:
        return "there is no such key; text with a comma in it is written in quotes"
    return f"there is no such key here; there are {', '.join(known)}"


def _key_meant(key: str, missing: Iterable[str], known: Iterable[str]) -> str:
    return closest(key, missing, cutoff=0.5) or closest(key, known)


def _word_meant(found: object, known: list[str]) -> str:
    text = str(found)
    meant = MEANT.get(text.lower(), "")
    return meant if meant in known else closest(text, known) or closest(text.lower(), known)


def _none_of(found: object, known: list[str]) -> str:
    meant = _word_meant(found, known)
    close = f"; did you mean '{meant}'?" if meant else ""
    return f"{shown(found)} is none of {', '.join(known)}{close}"


def _tags(fault: Raw) -> list[str]:
    return [tag.strip(" '") for tag in fault["ctx"]["expected_tags"].split(",")]


def _tag(fault: Raw) -> str:
    return _none_of(fault["ctx"]["tag"], _tags(fault))


def _tagless(fault: Raw) -> str:
    return f"{fault['ctx']['discriminator']} is missing: it tells what this is"


def _literals(fault: Raw) -> list[str]:
    return re.findall(r"'([^']*)'", str(fault["ctx"]["expected"]))


def _literal(fault: Raw) -> str:
    known = _literals(fault)
    return _none_of(fault["input"], known) if known else f"expected {fault['ctx']['expected']}"


def _pattern(fault: Raw) -> str:
    pattern = str(fault["ctx"]["pattern"])
    asked = PATTERNS.get(pattern, f"text like {pattern}")
    better = _name_meant(fault)
    close = f"; did you mean '{better}'?" if better else ""
    return f"expected {asked}; not {shown(str(fault['input']))}{close}"


def _name_meant(fault: Raw) -> str:
    found = str(fault["input"])
    better = found.lstrip("@").strip().replace(" ", ".")
    is_name = fault["ctx"]["pattern"] == ID_PATTERN and re.fullmatch(ID_PATTERN, better)
    return better if is_name and better != found else ""


def _text(fault: Raw) -> str:
    found = fault["input"]
    if isinstance(found, (dict, list)):
        return (
            f"expected text, not {shown(found)}; a ': ' or a '[' in a text needs quotes around it"
        )
    if found is None:
        return "expected text, and there is none; text that begins with '#' is written in quotes"
    return f'expected text, not {shown(found)}; write it in quotes: "{found}"'


def _number(whole: bool) -> Callable[[Raw], str]:
    def told(fault: Raw) -> str:
        found = fault["input"]
        says = f"expected a {'whole ' if whole else ''}number, not {shown(found)}"
        meant = _number_meant(found)
        if not isinstance(found, str) or not meant:
            return says
        plainly = "" if "%" in found else ", without quotes"
        if ":" in found:
            return f"{says}; write {meant}, for so many seconds"
        return f"{says}; write {meant}{plainly}{' or commas' if ',' in found else ''}"

    return told


def _number_meant(found: object) -> str:
    if not isinstance(found, str):
        return ""
    if percent := re.fullmatch(r"(\d{1,3})\s*%", found, re.ASCII):
        return f"{int(percent[1]) / 100:g}"
    if re.fullmatch(r"\d{1,2}:[0-5]\d", found, re.ASCII):
        return f"{read_clock(found):g}"
    digits = re.sub(r"[,_\s]", "", found)
    return digits if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", digits, re.ASCII) else ""


_TRUTHS: Mapping[str, bool] = MappingProxyType({"yes": True, "true": True, "on": True, "1": True,
                                                "no": False, "false": False, "off": False,
                                                "0": False})  # fmt: skip


def _truth(fault: Raw) -> str:
    return f"expected true or false, not {shown(fault['input'])}"


def _list(fault: Raw) -> str:
    found = fault["input"]
    if found is None:
        return "is empty; a list follows, each entry on a line that begins with '- '"
    if isinstance(found, dict):
        return "expected a list; each entry begins with '- '"
    return f"expected a list, not {shown(found)}; write [{found}]"


def _keys(fault: Raw, form: type[BaseModel] | None) -> str:
    if len(fault["loc"]) == 0:
        return f"expected keys and values, as 'scenario: small', not {shown(fault['input'])}"
    wanted = form_of(form, fault["loc"][-1]) if form else None
    fields = wanted.model_fields.items() if wanted else ()
    needed = [field.alias or name for name, field in fields if field.is_required()]
    known = needed or [field.alias or name for name, field in fields] or ["key"]
    keys = ", ".join(f"{key}: …" for key in known)
    return f"expected keys and values, as {{{keys}}}, not {shown(fault['input'])}"


def _pattern_of(form: type[BaseModel] | None, key: str) -> str:
    """The pattern of a key's text, of those that have words."""
    fields = form.model_fields.items() if form else ()
    said = [one for name, field in fields if key in (name, field.alias) for one in field.metadata]
    found = (str(getattr(one, "pattern", "")) for one in said)
    return next((one for one in found if one in PATTERNS), "")


def _bound(words: str, key: str) -> Callable[[Raw], str]:
    def told(fault: Raw) -> str:
        limit = fault["ctx"][key]
        share = fault["ctx"].get("le") == 1 and 1 < float(fault["input"]) <= 100
        hint = f"; a share of {fault['input']:g} % is {fault['input'] / 100:g}" if share else ""
        return f"expected {words} {limit:g}, not {shown(fault['input'])}{hint}"

    return told


def _long(fault: Raw) -> str:
    most, found = fault["ctx"]["max_length"], fault["input"]
    return f"has {len(str(found))} characters; {most} at most"


def _short(fault: Raw) -> str:
    return "is empty"


def _many(fault: Raw) -> str:
    return f"has more than {fault['ctx']['max_length']} entries, which is the most"


def _few(fault: Raw) -> str:
    return f"is empty; {fault['ctx']['min_length']} at least is needed"


_WORDS: Mapping[str, Callable[[Raw], str]] = MappingProxyType(
    {
        "union_tag_invalid": _tag,
        "union_tag_not_found": _tagless,
        "literal_error": _literal,
        "string_pattern_mismatch": _pattern,
        "string_type": _text,
        "int_type": _number(True),
        "int_from_float": _number(True),
        "float_type": _number(False),
        "bool_type": _truth,
        "tuple_type": _list,
        "greater_than_equal": _bound("at least", "ge"),
        "less_than_equal": _bound("at most", "le"),
        "greater_than": _bound("more than", "gt"),
        "string_too_long": _long,
        "string_too_short": _short,
        "too_long": _many,
        "too_short": _few,
    }
)
