"""What the day's rules and the house allow: places, sets of reactions, and how much of everything.

A room names its rules when it is made, so that an evening of 2021 is played by the rules of 2021.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TITLE_LIMIT = 70
"""Characters in a room's title."""

CAPTION_LIMIT = 500
"""Characters in one line of captions."""

CAPTIONS_KEPT = 50
"""Lines of captions that a room remembers for those who come late."""

REQUESTS_LIMIT = 200
"""Requests to speak that may wait at one time."""

INVITATIONS_LIMIT = 50
"""Invitations that may be open at one time."""

INVITATION_SECONDS = 120.0
"""How long an invitation stands before it expires."""

HANDOFF_COUNTDOWN_LIMIT = 600.0
"""Longest countdown of a handoff, seconds."""

HANDOFF_CLOSING_SECONDS = 10.0
"""How long after the move begins a handoff's ledger is closed at the latest."""

DESCRIPTION_LIMIT = 280
"""Characters in a room's description."""

TOPICS_LIMIT = 3
"""Topics of a room."""

TOPIC_LIMIT = 30
"""Characters in a topic."""

HASHTAG_LIMIT = 50
"""Characters in a hashtag, the sign included."""

PINS_LIMIT = 5
"""Posts pinned in a room at one time."""

PIN_LIMIT = 280
"""Characters in a pinned post."""

URL_LIMIT = 500
"""Characters in the address of a pinned post."""

HANDS_LIMIT = 200
"""Hands that may be raised at one time."""

BLOCKED_LIMIT = 1_000
"""Members blocked from one room."""

QUESTION_LIMIT = 140
"""Characters in a question to the stage."""

ANSWERED_KEPT = 50
"""Answered questions that a room remembers."""

APPEARED_KEPT = 200
"""Appearances on the stage that a room remembers, the first ones."""

REPORT_LIMIT = 500
"""Characters in a report's reason."""

SOON_SECONDS = 1_800.0
"""How long before the scheduled time those who asked are told."""

TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
"""Emoji modifiers (Unicode TR 51, section 2.4): the five skin tones."""

TONED = frozenset("✋✊✌👋👏👍👎")
"""Reactions that show skin, and take a tone."""

_STYLE = "\ufe0f"
"""Asks for an emoji's coloured form; a tone takes its place."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What rooms of a time had."""

    cohosts: int
    """Places beside the host, for co-hosts."""
    speakers: int
    """Places for speakers."""
    schedule_days: int
    """How many days ahead a room may be scheduled."""
    scheduled_at_once: int
    """Rooms that one host may have scheduled."""
    reactions: tuple[str, ...]
    raised_hands: bool
    """Whether a hand can be raised and stays so."""


RULES: Mapping[str, Rules] = MappingProxyType(
    {
        "2021h1": Rules(
            cohosts=0,
            speakers=10,
            schedule_days=14,
            scheduled_at_once=10,
            reactions=("💯", "✋", "✊", "✌️", "👋"),
            raised_hands=False,
        ),
        "current": Rules(
            cohosts=2,
            speakers=10,
            schedule_days=30,
            scheduled_at_once=10,
            reactions=("😂", "😲", "😢", "💜", "💯", "👏", "✊", "👍", "👎", "👋"),
            raised_hands=True,
        ),
    }
)
"""Host and ten speakers until August 2021; since then two co-hosts as well, and a raised hand."""


def is_reaction(rules: Rules, reaction: str) -> bool:
    """Whether rooms of these rules know a reaction, with a skin tone where it may have one."""
    if reaction in rules.reactions:
        return True
    base, tone = reaction[:-1], reaction[-1:]
    known = {one.removesuffix(_STYLE) for one in rules.reactions} & TONED
    return tone in TONES and base in known


def one_line(text: str) -> str:
    """The text with runs of blanks as one; empty if it has what would not stay on a line.

    That is control characters, and those that turn the direction of what follows or show nothing;
    joiners of letters and emoji (Unicode 23.2) are part of words.
    """
    line = " ".join(text.split())
    shown = line.replace("\u200c", "").replace("\u200d", "")
    return line if shown.isprintable() and shown else ""
