"""docs/protocol.md as the tests read it: its tables and its inline shapes."""

import re
from pathlib import Path

PAGE = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """The text under a heading, up to the next heading of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", PAGE, re.M | re.S)
    assert found, f"docs/protocol.md has no section {heading!r}"
    return found[1]


def rows(heading: str) -> list[list[str]]:
    """The cells of the section's table, without its head."""
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    assert len(lines) > 2, f"{heading!r} has no table"
    cells = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in lines[2:]]
    return [[cell.strip() for cell in row] for row in cells]


def ticked(text: str) -> list[str]:
    """Everything that stands between backticks."""
    return re.findall(r"`([^`]+)`", text)


def shape(name: str) -> list[str]:
    """The keys of a shape that is written ``Name = {a, b, ...}``."""
    found = re.search(rf"`{name}` = `\{{([^`]*)\}}`", PAGE)
    assert found, f"docs/protocol.md gives no shape for {name}"
    return [key.split(":")[0].strip() for key in re.sub(r"\[.*?\]", "", found[1]).split(",")]
