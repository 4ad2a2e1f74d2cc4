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
    console.print(_table("Record book", found.records, ranked=True))
    if len(found.line) > 1:
        console.print(_table("Who held the record, since when", found.line, ranked=False))


def print_season(console: Console, found: SeasonBook) -> None:
    """Print the top of a season, its line, the holders of its eras, and its firsts."""
    console.print(f"[bold]{plain(found.title)}[/], as of {_when(found.at)} UTC")
    if found.top:
        console.print(_table("Most listened-to", found.top, ranked=True))
    else:
        console.print("Its record book is empty.")
    if len(found.line) > 1:
        console.print(_table("Who held the record, since when", found.line, ranked=False))
    for era in found.eras:
        if era.holder is not None:
            title = f"Most listened-to, {plain(era.title)}"
            console.print(_table(title, [era.holder], ranked=False))
    if found.firsts:
        console.print(_firsts(found.firsts))


def _firsts(firsts: Sequence[FirstView]) -> Table:
    table = Table(title="Firsts", title_justify="left", title_style="bold")
    table.add_column("First", overflow="fold")
    table.add_column("Who", overflow="fold")
    table.add_column("Where", overflow="fold")
    table.add_column("When (UTC)", no_wrap=True)
    for one in firsts:
        if one.record is None or one.at is None:
            table.add_row(plain(one.title), "nobody yet", "", "")
        else:
            who = f"{one.name or ''} ({one.member or ''})"
            title = plain(one.record.title)
            table.add_row(plain(one.title), plain(who), title, _when(one.at))
    return table


def _table(title: str, entries: Sequence[RecordView], *, ranked: bool) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    if ranked:
        table.add_column("#", justify="right")
    table.add_column("Listeners", justify="right", no_wrap=True)
    simulated = any(entry.simulated_listeners for entry in entries)
    if simulated:
        table.add_column("Simulated", justify="right", no_wrap=True)
    table.add_column("What", no_wrap=True)
    table.add_column("Title", overflow="fold")
    table.add_column("When (UTC)", no_wrap=True)
    measured = any(entry.machine for entry in entries)
    if measured:
        table.add_column("Machine", overflow="fold")
    for place, entry in enumerate(entries, 1):
        what = _KINDS[entry.kind] + (" [yellow](simulated)[/]" if entry.simulated else "")
        cells = (
            f"{entry.listeners:,}",
            *((f"{entry.simulated_listeners:,}",) if simulated else ()),
            what,
            plain(entry.title),
            _when(entry.at),
            *((plain(entry.machine),) if measured else ()),
        )
        table.add_row(*((str(place), *cells) if ranked else cells))
    return table


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def plain(text: str) -> str:
    """Text that a stranger wrote, with nothing in it that a terminal would obey."""
    return escape("".join(char if char.isprintable() or _spaces(char) else "�" for char in text))


def _spaces(char: str) -> bool:
    return unicodedata.category(char) == "Zs"
