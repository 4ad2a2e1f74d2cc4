"""A season's run as a terminal shows it: records as they fell, the book, the claims. Beside
``cli.py``; knows what ``replay`` measured, and nothing of how."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from afterparty.recordtable import NARROW, plain
from afterparty.replay.season.progress import describe
from afterparty.replay.season.record import SeasonRecord
from afterparty.wire.seasons import SeasonBook

TOP = 5


def print_season(console: Console, record: SeasonRecord, out: Path) -> None:
    """Print what came of a season."""
    console.print("\n[bold]Records as they fell, and firsts[/]")
    for one in record.fallen:
        console.print(f"  {plain(describe(one))}", highlight=False, soft_wrap=True)
    if record.book is not None:
        _print_book(console, record.book)
    console.print("\n[bold]Claims[/]")
    _print_claims(console, record)
    _print_sum(console, record)
    console.print(
        f"Its record book: afterparty records --season {record.name} --url {record.url}",
        soft_wrap=True,
        highlight=False,
    )
    console.print(f"Reports: {out}", soft_wrap=True, highlight=False)


def _print_claims(console: Console, record: SeasonRecord) -> None:
    """Each sentence of the source once, over what came of it."""
    lines = Table.grid(padding=(0, 1))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    quote = ""
    for verdict in record.claims:
        claim = verdict.claim
        if claim.quote != quote:
            quote = claim.quote
            lines.add_row("", f"[italic]“{plain(quote)}”[/]")
        mark = "[green]held[/]" if verdict.held else "[red]FAILED[/]"
        lines.add_row(mark, f"{plain(claim.says)} [dim]{plain(verdict.measured)}[/]")
    console.print(lines)


def _print_book(console: Console, book: SeasonBook) -> None:
    narrow = console.width < NARROW
    table = Table(
        title=f"The {TOP} highest", title_justify="left", title_style="bold", show_lines=narrow
    )
    for column in ("#", "Listeners", "Simulated"):
        table.add_column(column, justify="right", no_wrap=True)
    for column in ("What",) if narrow else ("Title", "Host"):
        table.add_column(column, overflow="fold")
    if not narrow:
        table.add_column("When (UTC)", no_wrap=True)
    for place, entry in enumerate(book.top[:TOP], 1):
        counts = (str(place), f"{entry.listeners:,}", f"{entry.simulated_listeners:,}")
        what = (plain(entry.title), plain(entry.host or entry.by), _when(entry.at))
        table.add_row(*counts, *(["\n".join(what)] if narrow else what))
    console.print()
    console.print(table)
    for era in book.eras:
        held = era.holder
        told = f"{held.title}, {held.listeners:,} listeners" if held else "nobody"
        if held and held.simulated_listeners:
            told += f", of which {held.simulated_listeners:,} simulated"
        console.print(f"{plain(era.title)}: [bold]{plain(told)}[/]", highlight=False)
    for first in book.firsts:
        told = f"{first.name} ({first.member}), {_when(first.at)}" if first.at else "nobody"
        console.print(f"{plain(first.title)}: [bold]{plain(told)}[/]", highlight=False)


def _print_sum(console: Console, record: SeasonRecord) -> None:
    held = sum(one.held for one in record.claims)
    went = sum(one.ok for one in record.evenings)
    word = "[green]PASSED[/]" if record.ok else "[red]FAILED[/]"
    console.print(
        f"{word}: {held} of {len(record.claims)} claims held, and all that was expected in "
        f"{went} of {len(record.evenings)} evenings, in {record.ended_at / 60:.1f} minutes."
    )
    unasked = sum(not one.asked for evening in record.evenings for one in evening.verdicts)
    if unasked:
        console.print(f"Expectations of sound that were not asked (no voices): {unasked}.")
    for note in record.notes:
        console.print(plain(note))
    if record.scale != 1:
        console.print(f"All audiences were scaled to {record.scale:g} of their size.")


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
