"""Record books as a terminal shows them. Beside ``cli.py``; knows only what travels."""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, time

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from afterparty.core.records import RecordKind
from afterparty.wire.bodies import RecordList
from afterparty.wire.records import RecordView
from afterparty.wire.seasons import FirstView, SeasonBook

NARROW = 76
"""Below so many columns whatever is said of an entry stands below its title."""

_KINDS = {RecordKind.LOADTEST: "load test", RecordKind.ROOM: "room", RecordKind.TOLD: "told"}


def moment(text: str) -> float:
    """A date with all of its day, or a time; in UTC unless it says otherwise.

    Raises:
        ValueError: it is neither.
    """
    found = datetime.fromisoformat(text)
    if len(text) <= len("2021-06-30"):
        found = datetime.combine(found, time.max)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def print_records(console: Console, found: RecordList) -> None:
    """Print the highest entries, and the line of the record if it ever passed on."""
    if not found.records:
        console.print("The record book is empty.")
        return
    _print(console, "Record book", found.records, ranked=True)
    if len(found.line) > 1:
        _print(console, "Who held the record, since when", found.line)


def print_season(console: Console, found: SeasonBook) -> None:
    """Print the top of a season, its line, the holders of its eras, and its firsts."""
    console.print(f"[bold]{plain(found.title)}[/], as of {_when(found.at)} UTC")
    if found.top:
        _print(console, "Most listened-to", found.top, ranked=True)
    else:
        console.print("Its record book is empty.")
    if len(found.line) > 1:
        _print(console, "Who held the record, since when", found.line)
    for era in found.eras:
        if era.holder is not None:
            _print(console, f"Most listened-to, {plain(era.title)}", [era.holder])
    if found.firsts:
        _print_firsts(console, found.firsts)


def _print_firsts(console: Console, firsts: Sequence[FirstView]) -> None:
    narrow = console.width < NARROW
    table = _table("Firsts", lines=narrow)
    for name in ("First",) if narrow else ("First", "Who", "Where"):
        table.add_column(name, overflow="fold")
    if not narrow:
        table.add_column("When (UTC)", no_wrap=True)
    for one in firsts:
        cells = [plain(one.title), "nobody yet", "", ""]
        if one.record is not None and one.at is not None:
            who = f"{one.name or ''} ({one.member or ''})"
            cells[1:] = plain(who), plain(one.record.title), _when(one.at)
        table.add_row(*(["\n".join(filter(None, cells))] if narrow else cells))
    console.print(table)


def _print(
    console: Console, title: str, entries: Sequence[RecordView], *, ranked: bool = False
) -> None:
    narrow = console.width < NARROW
    simulated = any(entry.simulated_listeners for entry in entries)
    measured = any(entry.machine for entry in entries)
    table = _table(title, lines=narrow)
    if ranked:
        table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Listeners", justify="right", no_wrap=True)
    if simulated and not narrow:
        table.add_column("Simulated", justify="right", no_wrap=True)
    table.add_column("What", no_wrap=not narrow, overflow="fold")
    if not narrow:
        table.add_column("Title", overflow="fold")
        table.add_column("When (UTC)", no_wrap=True)
    if measured and not narrow:
        table.add_column("Machine", overflow="fold")
    for place, entry in enumerate(entries, 1):
        head = (*((str(place),) if ranked else ()), f"{entry.listeners:,}")
        what = _KINDS[entry.kind] + (" [yellow](simulated)[/]" if entry.simulated else "")
        without = f"{entry.simulated_listeners:,}"
        name, when, machine = plain(entry.title), _when(entry.at), plain(entry.machine)
        if narrow:
            made_up = f"{without} of them simulated" if entry.simulated_listeners else ""
            told = (name, what, made_up, when, machine)
            table.add_row(*head, "\n".join(filter(None, told)))
        else:
            last = (machine,) if measured else ()
            table.add_row(*head, *((without,) if simulated else ()), what, name, when, *last)
    console.print(table)


def _table(title: str, *, lines: bool) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", show_lines=lines)


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def plain(text: str) -> str:
    """Text that a stranger wrote, with nothing in it that a terminal would obey."""
    return escape("".join(char if char.isprintable() or _spaces(char) else "�" for char in text))


def _spaces(char: str) -> bool:
    return unicodedata.category(char) == "Zs"
