"""afterparty.recordtable and seasontable: what a terminal shows of what strangers wrote."""

import io
import re

from rich.cells import cell_len
from rich.console import Console

from afterparty.core.records import RecordKind
from afterparty.recordtable import print_season
from afterparty.seasontable import _print_book
from afterparty.wire.records import RecordView
from afterparty.wire.seasons import EraView, FirstView, SeasonBook

TRICK = "[/]\x1b[2J[red]\u3000말"


def trick_book() -> SeasonBook:
    """A book of which every text tries to have the terminal do something."""
    entry = RecordView(
        entry="e",
        kind=RecordKind.TOLD,
        title=TRICK,
        listeners=7,
        at=1.6e9,
        simulated=True,
        by="ana",
        room=None,
        show=None,
        machine="",
        detail={},
        host=TRICK,
    )
    era = EraView(era="e", title=TRICK, since=None, until=None, holder=entry, line=[entry])
    first = FirstView(first="f", title=TRICK, record=entry, member="ana", name=TRICK, at=1.6e9)
    return SeasonBook(
        season="s",
        title=TRICK,
        since=0.0,
        until=2e9,
        by="ana",
        at=2e9,
        top=[entry],
        line=[entry],
        eras=[era],
        firsts=[first],
    )


def test_a_narrow_terminal_is_told_everything() -> None:
    book = trick_book()
    title = "A title of words that go over several lines"
    entries = [
        one.model_copy(update={"title": title, "listeners": 44_208, "machine": "2 cores"})
        for one in book.top
    ]
    book = book.model_copy(update={"top": entries})
    for width in (40, 60, 80):
        told = io.StringIO()
        print_season(Console(file=told, width=width, color_system=None), book)
        lines = told.getvalue().splitlines()
        assert max(cell_len(line.rstrip()) for line in lines) <= width
        assert "…" not in told.getvalue()
        words = re.sub(r"[^\w:,-]+", " ", told.getvalue())
        for what in ("44,208", "told simulated", "2020-09-13 12:26", "2 cores"):
            assert what in words, (what, width)
        assert all(word in words for word in title.split())


def test_a_title_is_shown_and_not_obeyed() -> None:
    for show in (print_season, _print_book):
        told = io.StringIO()
        show(Console(file=told, width=200, color_system=None), trick_book())
        assert told.getvalue().count("[/]\ufffd[2J[red]\u3000말") >= 3
        assert "\x1b" not in told.getvalue()


def test_wherever_a_count_stands_it_is_said_how_many_were_simulated() -> None:
    book = trick_book()
    entry = book.top[0].model_copy(update={"listeners": 44_208, "simulated_listeners": 44_107})
    era = book.eras[0].model_copy(update={"holder": entry})
    simulated = book.model_copy(update={"top": [entry], "eras": [era]})
    for show in (print_season, _print_book):
        told = io.StringIO()
        show(Console(file=told, width=200, color_system=None), simulated)
        assert told.getvalue().count("44,107") == told.getvalue().count("44,208") == 2
