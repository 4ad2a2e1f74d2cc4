"""A scenario file read, or told where it is wrong: file, line, field, and what was expected."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from afterparty.replay.words.crosscheck import check
from afterparty.replay.words.marks import Marked, MarkError, read
from afterparty.replay.words.mending import Placed, mended
from afterparty.replay.words.places import Spot, place
from afterparty.replay.words.plot import Fault
from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.wording import SHOWN, word

M = TypeVar("M", bound=BaseModel)

SIZE_LIMIT = 1_000_000
"""Bytes in a scenario file."""

FAULTS_LIMIT = 20
"""Faults told at one time."""

FAULTS_KEPT = 1000
"""Faults of form that are looked at; a file with more is something else."""


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
        super().__init__(self.told(FAULTS_LIMIT))

    def told(self, most: int) -> str:
        """A line for each of the first ``most`` faults, and one that says how many more."""
        told = [
            f"{self.file}:{fault.line}: {fault.field + ': ' if fault.field else ''}{fault.says}"
            for fault in self.faults[:most]
        ]
        if len(self.faults) > most:
            told.append(f"{self.file}: and {len(self.faults) - most} more")
        return "\n".join(told)


def load(path: Path | str) -> Scenario:
    """The scenario in a file.

    Raises:
        ScenarioError: the file cannot be read, or is not a scenario.
    """
    return parse(text_of(path), str(path))


def text_of(path: Path | str) -> str:
    """The text in a file.

    Raises:
        ScenarioError: it cannot be read.
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
        says = f"larger than {SIZE_LIMIT} bytes, which no evening needs"
        raise ScenarioError(str(path), [Located(1, "", says)])
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ScenarioError(str(path), [Located(line, "", "not UTF-8; save it as that")]) from error


def parse(text: str, file: str = "scenario") -> Scenario:
    """The scenario in a text; ``file`` is what errors call it.

    Raises:
        ScenarioError: not a scenario.
    """
    return parse_marked(text, file)[0]


def parse_marked(text: str, file: str) -> tuple[Scenario, Marked]:
    """The scenario in a text, and where in it everything stands. Raises as ``parse`` does."""
    marked = _marked(text, file)
    try:
        found = Scenario.model_validate_json(json.dumps(marked.data))
    except ValidationError as error:
        faults = [*_faults_of_form(error, marked, Scenario), *_of_the_rest(error, marked)]
        raise ScenarioError(file, faults) from error
    wrong, beats = check(found)
    refuse(file, marked, wrong)
    return found.model_copy(update={"beats": beats}), marked


def read_form(form: type[M], text: str, file: str) -> tuple[M, Marked]:
    """A form out of YAML, and where in the text everything stands.

    Raises:
        ScenarioError: not YAML, or not in that form.
    """
    marked = _marked(text, file)
    try:
        return form.model_validate_json(json.dumps(marked.data)), marked
    except ValidationError as error:
        raise ScenarioError(file, _faults_of_form(error, marked, form)) from error


def _marked(text: str, file: str) -> Marked:
    try:
        return read(text)
    except MarkError as error:
        raise ScenarioError(file, [Located(error.line, "", error.says)]) from error


def refuse(file: str, marked: Marked, faults: Iterable[Fault]) -> None:
    """Raise ``ScenarioError`` with the line of each fault, if there is any."""
    located = [_locate(marked, fault.path, fault.says) for fault in faults]
    if located:
        raise ScenarioError(file, located)


def _of_the_rest(error: ValidationError, marked: Marked) -> Iterator[Located]:
    """What makes no sense beside what is wrongly written, as far as that can be known."""
    meant = mended(marked.data, _placed(error, Scenario), lambda more: _placed(more, Scenario))
    if meant is None:
        return
    for fault in check(meant.scenario, meant.sure)[0]:
        if not meant.is_told(fault.path):
            yield _locate(marked, fault.path, fault.says)


def _placed(error: ValidationError, root: type[BaseModel]) -> list[Placed]:
    return [(*place(root, raw["loc"]), raw) for raw in error.errors()[:FAULTS_KEPT]]


def _faults_of_form(
    error: ValidationError, marked: Marked, root: type[BaseModel]
) -> Iterator[Located]:
    """Where a text does not have the form of ``root``, in words."""
    found = _placed(error, root)
    above = {path[:step] for path, *_ in found for step in range(len(path))}
    missing: dict[Spot, set[str]] = {}
    for path, _, raw in found:
        if raw["type"] == "missing":
            missing.setdefault(path[:-1], set()).add(str(path[-1]))
    for path, form, raw in found:
        if raw["type"] == "too_short" and path in above:
            continue  # those entries are there, and wrong
        if raw["type"] == "union_tag_invalid":
            path = (*path, raw["ctx"]["discriminator"].strip("'"))
        says = word(raw, form, frozenset(missing.get(path[:-1], ())))
        yield _locate(marked, path, says)


def _locate(marked: Marked, path: Spot, says: str) -> Located:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step[:SHOWN]}" for step in path)
    return Located(marked.line(path), "".join(steps).lstrip("."), says)
