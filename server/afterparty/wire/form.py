"""What is wrong with the form of a request or message, in a sentence for people.

Pydantic finds it; its own words are for programmers, and name patterns. No value that was
sent is told.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from afterparty.wire.crowd import SIMULATED_PATTERN
from afterparty.wire.views import ID_PATTERN, LANGUAGE_PATTERN

_PLACES = ("body", "path", "query", "header")

_PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        ID_PATTERN: "a name is 1 to 64 of A-Z a-z 0-9 _ . and -, not dots alone",
        SIMULATED_PATTERN: "a simulated member is named by 1 to 60 of a-z 0-9 and -",
        LANGUAGE_PATTERN: "a language is a tag such as en, ko or pt-BR",
    }
)

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "missing": "is missing",
        "extra_forbidden": "is not known here",
        "string_pattern_mismatch": "has the wrong form",
        "string_too_long": "at most {max_length} characters",
        "string_too_short": "at least {min_length} characters",
        "string_type": "has to be text",
        "string_unicode": "has to be text in UTF-8",
        "bool_type": "has to be true or false",
        "float_type": "has to be a number",
        "int_type": "has to be a whole number",
        "enum": "is one of {expected}",
        "literal_error": "is one of {expected}",
        "value_error": "{error}",
        "model_attributes_type": "has to be a JSON object",
        "model_type": "has to be a JSON object",
        "union_tag_invalid": "there is no such type",
        "union_tag_not_found": "has no type",
    }
)
"""By pydantic's type of error; of any other it says what pydantic does."""


def sentence(error: Mapping[str, Any]) -> str:
    """What is wrong, and where, from one of pydantic's ``errors()``."""
    context = error.get("ctx", {})
    words = _PATTERNS.get(context.get("pattern", "")) or _WORDS.get(error["type"])
    told = error["msg"] if words is None else words.format(**context)
    place = [str(part) for part in error["loc"]]
    where = ".".join(place[1:] if place[:1] and place[0] in _PLACES else place)
    return f"{where or 'The message'}: {told}."
