"""What a live room is due at this moment: records that it breaks, firsts that are made in it. Pure.

Each is a command, so that of several nodes that notice it one has it happen.
"""

from afterparty.core import commands as c
from afterparty.core.model import SYSTEM, Holder, HonourKind, Room
from afterparty.core.records import (
    OVERALL,
    Book,
    Entry,
    first,
    fitting,
    holder,
    insert,
    preceded,
    within,
)
from afterparty.core.season import Season

OVERALL_TITLE = "Most listened-to Space"
"""What the record among all that are compared is called."""

Due = c.BreakRecord | c.MakeFirst


def due(
    book: Book, season: Season | None, room: Room, entry: Entry, least: int = 0
) -> tuple[Due, ...]:
    """What the room has not been honoured for yet.

    ``book`` is what it is compared with, ``entry`` what would stand there of it, ``entry.at`` this
    moment as what it stands for. Whatever stands for later is not looked at. Fewer listeners than
    ``least`` are no record.
    """
    others = book.without(entry.entry)
    return (*_broken(others, season, room, entry, least), *_made(others, season, room, entry))


def is_episode(season: Season | None, entry: Entry) -> bool:
    """Whether a room may make a series the first of its kind, with this or another episode."""
    rules = season.firsts if season and entry.series is not None else ()
    return any(rule.series and fitting(entry, rule) is not None for rule in rules)


def _broken(others: Book, season: Season | None, room: Room, entry: Entry, least: int) -> list[Due]:
    """Records that fall; where there was none before, none does."""
    if entry.listeners < least:
        return []
    before = others.until(entry.at)
    eras = [era for era in season.eras if era.has(entry.at)] if season else []
    compared = [(OVERALL, OVERALL_TITLE, before)]
    compared += [(era.era, era.title, within(before, era)) for era in eras]
    found: list[Due] = []
    for key, title, rivals in compared:
        held = holder(rivals)
        if held is None or holder(insert(rivals, entry)) != entry:
            continue
        if not room.has_honour(HonourKind.RECORD, key):
            was = Holder(held.title, held.listeners, held.at, held.room)
            found.append(c.BreakRecord(SYSTEM, key, title, was, least))
    return found


def _made(others: Book, season: Season | None, room: Room, entry: Entry) -> list[Due]:
    """Firsts that are made by whoever is, or was, on the stage."""
    found: list[Due] = []
    for rule in season.firsts if season else ():
        fit = fitting(entry, rule)
        if fit is None or room.has_honour(HonourKind.FIRST, rule.first):
            continue
        if rule.series:
            made = first(insert(others, entry), rule)
            is_first = made is not None and made.entry == entry
        else:  # of others there may be very many: the first of them who was earlier is enough
            is_first = not preceded(others, fit)
        if is_first:
            member, name = fit.appearance.member, fit.appearance.name
            found.append(c.MakeFirst(SYSTEM, rule.first, rule.title, member, name))
    return found
