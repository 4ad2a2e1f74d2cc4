"""The record book as a terminal shows it. Beside ``cli.py``; knows only what travels."""

from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from afterparty.core.records import RecordKind
from afterparty.wire.bodies import RecordList
from afterparty.wire.records import RecordView

_KINDS = {RecordKind.LOADTEST: "load test", RecordKind.ROOM: "room"}


def print_records(console: Console, found: RecordList) -> None:
    """Print the highest entries, and the line of the record if it ever passed on."""
    if not found.records:
        console.print("The record book is empty.")
        return
    console.print(_table("Record book", found.records, ranked=True))
    if len(found.line) > 1:
        console.print(_table("Who held the record, since when", found.line, ranked=False))


def _table(title: str, entries: list[RecordView], *, ranked: bool) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    if ranked:
        table.add_column("#", justify="right")
    table.add_column("Listeners", justify="right", no_wrap=True)
    table.add_column("What", no_wrap=True)
    table.add_column("Title", overflow="fold")
    table.add_column("When (UTC)", no_wrap=True)
    table.add_column("Machine", overflow="fold")
    for place, entry in enumerate(entries, 1):
        what = _KINDS[entry.kind] + (" [yellow](simulated)[/]" if entry.simulated else "")
        when = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%d %H:%M")
        cells = (f"{entry.listeners:,}", what, _plain(entry.title), when, _plain(entry.machine))
        table.add_row(*((str(place), *cells) if ranked else cells))
    return table


def _plain(text: str) -> str:
    """Text that a stranger wrote, with nothing in it that a terminal would obey."""
    return escape("".join(char if char.isprintable() else "�" for char in text))
