"""What somebody most likely did where a text is not YAML, and what to do: a line and a sentence.

A YAML parser says where it gave up and what it looked for. That is often not where the slip is:
the author is told of the tab, the quote or the comma that led there. Knows nothing of scenarios.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import yaml

AN_ENTRY = "an entry of a list begins with '- '"
CLOSERS = {"{": "}", "[": "]"}
COMMENT = re.compile(r"\s#.*")
ODD_SPACE = re.compile(r"^[ \t]*[\u00a0\u2000-\u200b\u202f\u3000\ufeff]")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Where a parser gave up: lines from 0, and its own words."""

    lines: tuple[str, ...]
    problem: str
    at: int
    column: int
    since: int
    """Where what it was reading began."""

    @property
    def line(self) -> str:
        """The line it gave up on."""
        return self.lines[self.at] if self.at < len(self.lines) else ""

    @property
    def above(self) -> str:
        """The nearest line above that says something."""
        said = (line for line in reversed(self.lines[: self.at]) if _says_something(line))
        return next(said, "")


Slip = tuple[int, str]
"""The line, from 0, and what to do."""


def slip(text: str, error: yaml.MarkedYAMLError) -> Slip:
    """The line and the likely slip behind a parser's error."""
    mark = error.problem_mark or error.context_mark
    since = error.context_mark or mark
    trouble = Trouble(
        tuple(text.splitlines()),
        error.problem or error.context or "this is not YAML",
        mark.line if mark else 0,
        mark.column if mark else 0,
        since.line if since else 0,
    )
    for look in _LOOKS:
        if found := look(trouble):
            return found
    return trouble.at, trouble.problem


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> int:
    """How far in a line's key stands, which after a ``- `` is further."""
    return len(re.match(r"[ \t]*(?:- +)*", line)[0])  # type: ignore[index]  # it may match nothing


def _space(t: Trouble) -> Slip | None:
    for at in range(max(0, min(t.since, t.at - 1)), min(t.at + 1, len(t.lines))):
        if re.match(r" *\t", t.lines[at]):
            return at, "a tab stands at the beginning; indent with spaces"
        if ODD_SPACE.match(t.lines[at]):
            return at, "a space that is no plain one stands at the beginning; indent with spaces"
    return None


def _first_letter(t: Trouble) -> Slip | None:
    if (found := re.match(r"found character '(.)' that cannot start", t.problem)) is None:
        return None
    return t.at, f"text that begins with '{found[1]}' is written in quotes"


def _unclosed_quote(t: Trouble) -> Slip | None:
    says = "a text in quotes begins here, and its closing quote is missing"
    if "end of stream" in t.problem:
        return t.since, says
    if not t.problem.endswith("but found '<scalar>'"):
        return None
    odd = (at for at in range(t.at - 1, -1, -1) if t.lines[at].count('"') % 2)
    return next(((at, says) for at in odd), None)


def _not_closed(t: Trouble, opening: str, at: int) -> Slip:
    hint = (
        "a '#' after a space begins a comment, so write text with it in quotes"
        if COMMENT.search(t.lines[at])
        else f"is a '{CLOSERS[opening]}' or a closing quote missing?"
    )
    return at, f"the '{opening}' here is not closed before line {t.at + 1}: {hint}"


def _open_above(t: Trouble) -> Slip | None:
    if not t.problem.startswith("expected the node content"):
        return None
    for at in range(t.at - 1, -1, -1):
        line = COMMENT.sub("", t.lines[at])
        for opening, closing in CLOSERS.items():
            if line.count(opening) > line.count(closing):
                return _not_closed(t, opening, at)
    return None


def _brackets(t: Trouble) -> Slip | None:
    if (found := re.match(r"expected ',' or '([}\]])', but got (.*)", t.problem)) is None:
        return None
    opens = next(opening for opening, closing in CLOSERS.items() if closing == found[1])
    if t.since < t.at:
        return _not_closed(t, opens, t.since)
    if found[2] == "':'":
        return t.at, "text with ': ' in it is written in quotes"
    if found[2] == "'?'":
        return t.at, "text with a '?' at its end is written in quotes within braces"
    return (
        t.at,
        f"expected ',' or '{found[1]}' in column {t.column + 1}: is a comma or a quote missing?",
    )


def _another_document(t: Trouble) -> Slip | None:
    return (t.at, "a file is one document; take '---' away") if "document" in t.problem else None


def _indentation(t: Trouble) -> Slip | None:
    if t.problem == "mapping values are not allowed here":
        if len(re.findall(r":(?:\s|$)", t.line)) > 1 and "{" not in t.line:
            return t.at, "text with ': ' in it is written in quotes"
    elif not t.problem.startswith("expected <block end>"):
        return None
    if re.match(r"\s*[{\[]", t.line):
        return t.at, AN_ENTRY
    here, above = _indent(t.line), _indent(t.above)
    if here == above:
        return t.at, "is this a key or an entry of a list? An entry begins with '- '"
    says = f"begins {here} spaces in, the line above {above}; keys of one thing begin alike"
    return t.at, says


def _no_colon(t: Trouble) -> Slip | None:
    if "could not find expected ':'" not in t.problem:
        return None
    if re.match(r"\s*[{\[]", t.lines[t.since]):
        return t.since, AN_ENTRY
    return t.since, "a key is followed by ': ' and its value; a long text is written in quotes"


def _list_on_the_line(t: Trouble) -> Slip | None:
    if "sequence entries are not allowed here" not in t.problem:
        return None
    return t.at, "a list begins on the line after its key, or is written [a, b]"


def _escape(t: Trouble) -> Slip | None:
    if "escape" not in t.problem:
        return None
    return t.at, "a '\\' within double quotes is written twice, or the text in single quotes"


_LOOKS: tuple[Callable[[Trouble], Slip | None], ...] = (
    _space,
    _first_letter,
    _unclosed_quote,
    _open_above,
    _brackets,
    _another_document,
    _indentation,
    _no_colon,
    _list_on_the_line,
    _escape,
)
"""Looked for in this order."""
