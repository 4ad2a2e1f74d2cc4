"""A scenario file read, or told where it is wrong: file, line, field, and what was expected."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from afterparty.replay.crosscheck import check
from afterparty.replay.forms import Form, did_you_mean
from afterparty.replay.marks import Marked, MarkError, read
from afterparty.replay.scenario import Scenario

Spot = tuple[str | int, ...]

SIZE_LIMIT = 1_000_000
"""Bytes in a scenario file."""

FAULTS_LIMIT = 20
"""Faults told at one time."""


@dataclass(frozen=True, slots=True)
class Located:
    """One fault: its line (from 1), its field (``beats[3].who``), and what was expected."""

    line: int
    field: str
    says: str


class ScenarioError(ValueError):
    """A file that is not a scenario. ``str()`` has a line ``file:line: field: says`` a fault."""

    def __init__(self, file: str, faults: Iterable[Located]) -> None:
        self.file = file
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        told = [
            f"{file}:{fault.line}: {fault.field + ': ' if fault.field else ''}{fault.says}"
            for fault in self.faults[:FAULTS_LIMIT]
        ]
        if len(self.faults) > FAULTS_LIMIT:
            told.append(f"{file}: and {len(self.faults) - FAULTS_LIMIT} more")
        super().__init__("\n".join(told))


def load(path: Path | str) -> Scenario:
    """The scenario in a file.

    Raises:
        ScenarioError: the file cannot be read, or is not a scenario.
    """
    file = Path(path)
    try:
        with file.open("rb") as source:
            raw = source.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise ScenarioError(
            str(path), [Located(1, "", error.strerror or "no such file")]
        ) from error
    if len(raw) > SIZE_LIMIT:
        raise ScenarioError(str(path), [Located(1, "", f"larger than {SIZE_LIMIT} bytes")])
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ScenarioError(str(path), [Located(line, "", "not UTF-8")]) from error
    return parse(text, str(path))


def parse(text: str, file: str = "scenario") -> Scenario:
    """The scenario in a text; ``file`` is what errors call it.

    Raises:
        ScenarioError: not a scenario.
    """
    try:
        marked = read(text)
    except MarkError as error:
        raise ScenarioError(file, [Located(error.line, "", error.says)]) from error
    try:
        found = Scenario.model_validate_json(json.dumps(marked.data))
    except ValidationError as error:
        faults = [_translate(marked, dict(fault)) for fault in error.errors()]
        raise ScenarioError(file, faults) from error
    faults_found, beats = check(found)
    if faults_found:
        raise ScenarioError(file, [_locate(marked, f.path, f.says) for f in faults_found])
    return found.model_copy(update={"beats": beats})


def _translate(marked: Marked, fault: dict[str, Any]) -> Located:
    path: Spot = fault["loc"]
    if fault["type"] == "union_tag_invalid":
        path = (*path, fault["ctx"]["discriminator"].strip("'"))
    return _locate(marked, path, _says(fault), missing=fault["type"] == "missing")


def _locate(marked: Marked, path: Spot, says: str, *, missing: bool = False) -> Located:
    # Pydantic names a form among the keys ("beats", 3, "say", "text"); the text has no such place.
    here: Spot = ()
    field = ""
    for step, part in enumerate(path):
        if (*here, part) in marked.lines:
            here = (*here, part)
        elif not missing or step + 1 < len(path):
            continue
        field += f"[{part}]" if isinstance(part, int) else f".{part}"
    return Located(marked.line(path), field.lstrip("."), says)


def _says(fault: dict[str, Any]) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "there is no such key" + did_you_mean(str(fault["loc"][-1]), _KEYS)
    if kind == "union_tag_invalid":
        tags = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
        return (
            f"'{context['tag']}' is none of {', '.join(tags)}{did_you_mean(context['tag'], tags)}"
        )
    if kind == "union_tag_not_found":
        return f"{context['discriminator']} is missing: it tells what this is"
    if kind == "literal_error":
        return f"expected {context['expected']}, not {fault['input']!r}"
    if kind == "string_pattern_mismatch":
        return f"{fault['input']!r} is not written as expected ({context['pattern']})"
    said = str(fault["msg"]).removeprefix("Value error, ")
    return said[:1].lower() + said[1:]


def _forms(form: type[Form]) -> list[type[Form]]:
    return [form, *(deeper for below in form.__subclasses__() for deeper in _forms(below))]


_KEYS = frozenset(
    field.alias or name for form in _forms(Form) for name, field in form.model_fields.items()
)
"""Every key of the format."""
