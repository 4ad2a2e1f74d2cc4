"""YAML read as plain data, with the line that each key and item stands on.

Only what JSON can say: maps with text keys, lists, text, numbers, ``true``/``false``, ``null``.
A plain ``12:30``, ``2021-05-06`` or ``no`` is text here, as its author meant it. Anchors and
aliases, tags and keys said twice are refused. Knows nothing of scenarios.
"""

import re
from dataclasses import dataclass
from typing import Any, cast

import yaml

from afterparty.replay.words.slips import slip

Plain = dict[str, "Plain"] | list["Plain"] | str | int | float | bool | None
Path = tuple[str | int, ...]
_Node = yaml.MappingNode | yaml.SequenceNode | yaml.ScalarNode

_INT = re.compile(r"[-+]?\d{1,15}")
_FLOAT = re.compile(r"[-+]?\d{1,15}\.\d{1,15}")
_WORDS: dict[str, bool | None] = {
    "true": True, "false": False, "null": None, "~": None, "": None,
}  # fmt: skip


NO_TEXT = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]"
)
"""What YAML takes for no text where it stands as it is. Behind an escape it is none either: a
terminal would obey it."""

DEEPEST = 32
"""Brackets within brackets. The scanner looks at all that are open for each token, so without a
bound a file of nothing else would take it minutes."""


class MarkError(ValueError):
    """Text that is not YAML as this module reads it; ``line`` counts from 1."""

    def __init__(self, line: int, says: str) -> None:
        super().__init__(f"line {line}: {says}")
        self.line = line
        self.says = says


@dataclass(frozen=True, slots=True)
class Marked:
    """Plain data and, for each path into it, the line that it begins on (from 1)."""

    data: Plain
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of the deepest part of ``path`` that the text has; parts it lacks are passed."""
        found: Path = ()
        for part in path:
            if (*found, part) in self.lines:
                found = (*found, part)
        return self.lines[found]


class _Loader(yaml.SafeLoader):
    """YAML whose brackets are not too deep, and that is written out as it stands."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            says = "anchors and aliases ('&', '*') are not read here; write it out, or in quotes"
            raise yaml.MarkedYAMLError(problem=says, problem_mark=event.start_mark)
        if getattr(event, "tag", None) is not None:
            says = f"tags are not read here: {event.tag}; text that begins with '!' is in quotes"
            raise yaml.MarkedYAMLError(problem=says, problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:  # noqa: N803 - its name there
        if self.flow_level >= DEEPEST:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=self.get_mark())
        super().fetch_flow_collection_start(TokenClass)


def read(text: str) -> Marked:
    """Read one YAML document.

    Raises:
        MarkError: not YAML, or more than plain data.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line, says = slip(text, error)
        raise MarkError(line + 1, says) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        raise MarkError(line, _no_text(int(error.character))) from error
    except RecursionError as error:
        raise MarkError(1, "nested too deeply") from error
    if root is None:
        raise MarkError(1, "the file is empty")
    lines: dict[Path, int] = {}
    return Marked(_plain(cast("_Node", root), (), lines), lines)


def _plain(node: _Node, path: Path, lines: dict[Path, int]) -> Plain:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, i), lines) for i, child in enumerate(node.value)]
    return _scalar(_text(node), plain=node.style is None)


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise MarkError(line, "a key is plain text")
        key = _text(key_node)
        if key in found:
            first = lines[(*path, key)]
            raise MarkError(line, f"the key '{key}' is here twice; first on line {first}")
        lines[(*path, key)] = line
        found[key] = _plain(value_node, (*path, key), lines)
    return found


def _text(node: yaml.ScalarNode) -> str:
    text = str(node.value)
    if found := NO_TEXT.search(text):
        raise MarkError(node.start_mark.line + 1, _no_text(ord(found[0])))
    return text


def _no_text(character: int) -> str:
    return f"the character U+{character:04X} is no text; take it out"


def _scalar(text: str, *, plain: bool) -> Plain:
    if not plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
