"""Records and firsts in a live room: each once, by the system."""

from tests.core.given import NOW, after, happened, live, refused

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.model import SYSTEM, Holder

BEFORE = Holder("Before", 24_000, NOW - 60, "before")
BREAK = c.BreakRecord(SYSTEM, "overall", "Most", BEFORE)
MAKE = c.MakeFirst(SYSTEM, "host", "First to host", "hana", "Hana")


def test_a_record_falls_at_one_more_than_before_and_once() -> None:
    (broken,) = happened(live(), BREAK)
    assert broken == e.RecordBroken(NOW, "overall", "Most", 24_001, BEFORE)
    room = after(live(), BREAK)
    again = c.BreakRecord(SYSTEM, "overall", "Most", Holder("Another", 30_000, NOW))
    assert refused(room, again) == "already_honoured"
    assert happened(room, c.BreakRecord(SYSTEM, "era", "Most of it", BEFORE))


def test_a_record_falls_at_the_least_that_is_one_where_that_is_more() -> None:
    few = Holder("Before", 2, NOW - 60)
    for before, least, listeners in ((few, 20, 20), (BEFORE, 20, 24_001)):
        (broken,) = happened(live(), c.BreakRecord(SYSTEM, "overall", "Most", before, least))
        assert broken == e.RecordBroken(NOW, "overall", "Most", listeners, before)


def test_a_first_is_made_once() -> None:
    (made,) = happened(live(), MAKE)
    assert made == e.FirstMade(NOW, "host", "First to host", "hana", "Hana")
    room = after(live(), MAKE)
    assert refused(room, c.MakeFirst(SYSTEM, "host", "", "lee", "Lee")) == "already_honoured"
    assert happened(room, c.BreakRecord(SYSTEM, "host", "An era of that name", BEFORE))
