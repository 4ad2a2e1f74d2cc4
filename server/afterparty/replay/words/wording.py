"""A fault of form in words that an author can act on: what was expected, what is there, what to do.

From Pydantic's faults; nothing of Pydantic's own English is told where a table here has better.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from pydantic import BaseModel

from afterparty.replay.words.meaning import (
    Raw,
    key_meant,
    literals_of,
    name_meant,
    number_meant,
    tags_of,
    word_meant,
)
from afterparty.replay.words.places import form_of, keys_of
from afterparty.wire.views import ID_PATTERN, LANGUAGE_PATTERN

SHOWN = 60
"""Characters of what somebody wrote that are told again."""

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


def _plain(means: str) -> str:
    first = means.replace("``", "'").split("\n\n")[0]
    return " ".join(first.split()).rstrip(".")


def _no_such_key(fault: Raw, form: type[BaseModel] | None, missing: frozenset[str]) -> str:
    key = str(fault["loc"][-1])
    known = keys_of(form) if form else {}
    if close := key_meant(key, missing, known):
        return f"there is no such key; did you mean '{close}'?"
    if fault["input"] is None:
        return "there is no such key; text with a comma in it is written in quotes"
    return f"there is no such key here; there are {', '.join(known)}"


def _none_of(found: object, known: list[str]) -> str:
    meant = word_meant(found, known)
    close = f"; did you mean '{meant}'?" if meant else ""
    return f"{shown(found)} is none of {', '.join(known)}{close}"


def _tag(fault: Raw) -> str:
    key, found = fault["ctx"]["discriminator"].strip("'"), fault["input"]
    return _none_of(found.get(key) if isinstance(found, dict) else found, tags_of(fault))


def _tagless(fault: Raw) -> str:
    return f"{fault['ctx']['discriminator']} is missing: it tells what this is"


def _literal(fault: Raw) -> str:
    known = literals_of(fault)
    return _none_of(fault["input"], known) if known else f"expected {fault['ctx']['expected']}"


def _pattern(fault: Raw) -> str:
    pattern = str(fault["ctx"]["pattern"])
    asked = PATTERNS.get(pattern, f"text like {pattern}")
    better = name_meant(fault)
    close = f"; did you mean '{better}'?" if better else ""
    return f"expected {asked}; not {shown(str(fault['input']))}{close}"


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
        meant = number_meant(found)
        if not isinstance(found, str) or not meant:
            return says
        plainly = "" if "%" in found else ", without quotes"
        if ":" in found:
            return f"{says}; write {meant}, for so many seconds"
        return f"{says}; write {meant}{plainly}{' or commas' if ',' in found else ''}"

    return told


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
