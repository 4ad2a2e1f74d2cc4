"""What a run tells: plain lines where nobody looks at a terminal, a picture where somebody does."""

import io

from rich.console import Console
from tests.replay.little import LITTLE

from afterparty.replay.evening.progress import Lines, Picture, Progress, describe, to_terminal
from afterparty.replay.words.loading import parse
from afterparty.wire.views import CountsView, TallyView

SCENARIO = parse(LITTLE)


def play(progress: Progress) -> None:
    counts = CountsView(participants=8, listeners=6, peak=7, tuned_in=9)
    progress.begin(SCENARIO, 6, 6)
    for index in (0, 4):
        progress.beat(1.0 * index, index, SCENARIO.beats[index])
    progress.refused(4.1, SCENARIO.beats[4], "muted")
    for t in (4.2, 4.3):
        progress.counts(t, {"before": counts, "after": counts})
    progress.handoff(5.0, "before", "after", 2.0)
    progress.counts(6.0, {"before": counts, "after": counts})
    progress.tally(6.5, "before", TallyView(offered=8, moved=5, declined=1, lost=2))
    progress.end(7.0)


def test_lines() -> None:
    out = io.StringIO()
    play(Lines(out))
    text = out.getvalue()
    assert "A little evening, 6 listeners, 6 times as fast" in text
    assert "anna open" in text
    assert "ben: “Am I on?”" in text
    assert "refused: muted" in text
    assert text.count("before 6 listening; after 6 listening") == 1
    assert "handoff: before to after in 2 s" in text
    assert "handoff closed: 5 of 8 moved, 1 declined, 2 lost" in text
    assert text.splitlines()[-1].endswith("over")


def test_a_picture() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120, height=30)
    picture = to_terminal(console)
    assert isinstance(picture, Picture)
    play(picture)
    shown = Console(file=io.StringIO(), width=120)
    shown.print(picture.frame())
    assert isinstance(shown.file, io.StringIO)
    text = shown.file.getvalue()
    for part in ("A little evening (simulation)", "Before", "After", "Am I on?", "(muted)"):
        assert part in text
    assert "5 of 8 moved" in text
    picture.handoff(6.5, "after", "before", 3.0)
    shown.print(picture.frame())
    assert "moves to before in 3 s" in shown.file.getvalue()


def test_who_is_simulated_is_said_with_every_count() -> None:
    counts = CountsView(
        participants=44_210, listeners=44_208, peak=44_300, tuned_in=44_400, simulated=44_008,
        peak_simulated=44_107,
    )  # fmt: skip
    out = io.StringIO()
    lines, picture = Lines(out), Picture(Console(file=io.StringIO(), force_terminal=True))
    for progress in (lines, picture):
        progress.begin(SCENARIO, 6, 44_208, 44_008)
        progress.counts(1.0, {"before": counts})
        progress.end(2.0)
    shown = Console(file=io.StringIO(), width=120)
    shown.print(picture.frame())
    assert isinstance(shown.file, io.StringIO)
    assert "44,208 listeners, 44,008 of them simulated" in out.getvalue()
    for text in (out.getvalue(), shown.file.getvalue()):
        assert "44,208 listening, of which 44,008 simulated" in text
    assert "44,300, of which 44,107 simulated" in shown.file.getvalue()


def test_no_terminal_no_picture() -> None:
    assert isinstance(to_terminal(Console(file=io.StringIO())), Lines)


def test_beats_in_words() -> None:
    said = {describe(beat) for beat in SCENARIO.beats}
    assert {"anna accept fan", "fan react 👋", "anna offer handoff after", "ben unmute"} <= said
