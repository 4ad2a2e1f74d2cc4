"""Who comes to the evening, when, and what each will do: drawn by lot, the same for a seed.

Pure: from a scenario to a plan. Shares come out exactly, to the nearest member: it is drawn who,
never how many. Times are wall seconds since the evening began.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from afterparty.replay.beats import Offer
from afterparty.replay.scenario import Part, Scenario
from afterparty.wire.views import REACTIONS

MOVE_MARGIN = 1.5
"""Wall seconds around a handoff's move in which nobody is planned to come in."""

OPEN_MARGIN = 0.5
"""Wall seconds after a room's opening before which nobody reacts or asks to speak."""

T = TypeVar("T")


class Inclination(StrEnum):
    """What a listener does when offered a handoff."""

    EARLY = "early"
    FOLLOW = "follow"
    STAY = "stay"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay."""

    room: str
    arrives: float
    departs: float | None
    """``None``: remains until the room is over."""


@dataclass(frozen=True, slots=True)
class Fan:
    """One listener's evening."""

    key: str
    """``seoul-007``: name in the plan; the handle too, unless anonymous."""
    name: str
    part: str
    anonymous: bool
    visits: tuple[Visit, ...]
    """One, or two for somebody who goes and returns; in order, never at one time."""
    inclination: Inclination
    decides_after: float
    """Part of a countdown, 0 to 1, after which ``early``, ``stay`` or ``leave`` is done."""
    reactions: tuple[tuple[float, str], ...]
    """When, and which; only while present."""
    requests_at: float | None
    """When to ask to speak; never for somebody anonymous."""


@dataclass(frozen=True, slots=True)
class _Move:
    """A handoff as the plan foresees it."""

    to_room: str
    offered: float
    moves: float


_CURVES: Mapping[str, Callable[[float], float]] = MappingProxyType(
    {"steady": lambda u: u, "burst": lambda u: u**3, "surge": lambda u: u ** (1 / 3)}
)


def plan(scenario: Scenario, speed: float) -> tuple[Fan, ...]:
    """Everybody in the audience, in order of first arrival.

    ``speed`` is evening seconds a wall second. The same scenario, seed and speed give the same
    plan; another speed gives the same people with their times scaled.

    Raises:
        ValueError: ``speed`` is not above 0.
    """
    if not speed > 0:
        raise ValueError("speed is above 0")
    moves = _moves(scenario, speed)
    known = {room.id: _reactions_known(scenario, room.id, moves) for room in scenario.rooms}
    opens = {beat.room: beat.at / speed for beat in scenario.beats if beat.do == "open"}
    fans: list[Fan] = []
    for part in scenario.audience:
        fans += _part(scenario, part, speed, moves, opens, known)
    return tuple(sorted(fans, key=lambda fan: (fan.visits[0].arrives, fan.key)))


def _moves(scenario: Scenario, speed: float) -> dict[str, _Move]:
    """The first handoff out of each room."""
    moves: dict[str, _Move] = {}
    for beat in scenario.beats:
        if isinstance(beat, Offer):
            offered = beat.at / speed
            moves.setdefault(beat.room, _Move(beat.to, offered, offered + beat.seconds / speed))
    return moves


def _part(
    scenario: Scenario,
    part: Part,
    speed: float,
    moves: dict[str, _Move],
    opens: dict[str, float],
    known: dict[str, tuple[str, ...]],
) -> list[Fan]:
    draw = random.Random(f"{scenario.seed}:{part.name}")  # noqa: S311 - a plan, not a secret
    anonymous = _deal(draw, part.size, {True: part.anonymous, False: 1 - part.anonymous})
    returning = part.churn.share * part.churn.returns
    goes = _deal(
        draw,
        part.size,
        {"stays": 1 - part.churn.share, "goes": part.churn.share - returning, "returns": returning},
    )
    inclined = _deal(
        draw,
        part.size,
        {kind: float(getattr(part.handoff, kind)) for kind in Inclination},
    )
    asks = _asking(draw, part, anonymous)
    fans = []
    end = scenario.ends_at / speed
    for index in range(part.size):
        # One source of chance a fan: what one draws does not shift another's evening.
        own = random.Random(f"{scenario.seed}:{part.name}:{index}")  # noqa: S311 - likewise
        along = _CURVES[part.arrive.curve](own.random())
        arrives = (part.arrive.start + part.arrive.over * along) / speed
        visits = _visits(own, part.room, arrives, goes[index], end, moves)
        key = f"{part.name}-{index + 1:03}"
        fans.append(
            Fan(
                key=key,
                name=f"Listener {key}",
                part=part.name,
                anonymous=anonymous[index],
                visits=visits,
                inclination=inclined[index],
                decides_after=own.uniform(0.1, 0.8),
                reactions=_reactions(own, visits, end, part.reactions * speed / 60, opens, known),
                requests_at=_request(own, visits[0], end, moves, opens) if index in asks else None,
            )
        )
    return fans


def _deal(draw: random.Random, size: int, shares: Mapping[T, float]) -> list[T]:
    """``size`` cards in those shares, to the nearest card (largest remainder), shuffled."""
    exact = {kind: size * share for kind, share in shares.items()}
    dealt = {kind: int(amount + 1e-9) for kind, amount in exact.items()}
    by_remainder = sorted(shares, key=lambda kind: dealt[kind] - exact[kind])
    for kind in by_remainder[: size - sum(dealt.values())]:
        dealt[kind] += 1
    cards = [kind for kind, amount in dealt.items() for _ in range(amount)]
    draw.shuffle(cards)
    return cards


def _asking(draw: random.Random, part: Part, anonymous: list[bool]) -> set[int]:
    accounts = [index for index, nameless in enumerate(anonymous) if not nameless]
    return set(draw.sample(accounts, round(part.requests * len(accounts))))


def _visits(
    own: random.Random, room: str, arrives: float, goes: str, end: float, moves: dict[str, _Move]
) -> tuple[Visit, ...]:
    room, arrives = _entrance(room, arrives, moves)
    if goes == "stays":
        return (Visit(room, arrives, None),)
    move = moves.get(room)
    # Whoever goes, goes before the offer, or after everybody has moved: a countdown's comings and
    # goings are told by inclinations alone, so that its ledger can be foreseen.
    last = move.offered if move and move.offered > arrives else end
    departs = own.uniform(arrives, max(arrives, last))
    first = Visit(room, arrives, departs)
    if goes == "goes":
        return (first,)
    back_room, back = _entrance(room, own.uniform(departs, max(departs, end)), moves)
    return (first, Visit(back_room, back, None))


def _entrance(room: str, at: float, moves: dict[str, _Move]) -> tuple[str, float]:
    """Where and when somebody comes in who means to come to ``room`` at ``at``."""
    visited = {room}
    while (move := moves.get(room)) and at > move.moves - MOVE_MARGIN:
        if move.to_room in visited:
            break
        room, at = move.to_room, max(at, move.moves + MOVE_MARGIN)
        visited.add(room)
    return room, at


def _reactions(
    own: random.Random,
    visits: tuple[Visit, ...],
    end: float,
    rate: float,
    opens: dict[str, float],
    known: dict[str, tuple[str, ...]],
) -> tuple[tuple[float, str], ...]:
    """Reactions at ``rate`` a wall second while present in a live room (a Poisson process)."""
    found: list[tuple[float, str]] = []
    for visit in visits:
        until = end if visit.departs is None else visit.departs
        at = max(visit.arrives, opens.get(visit.room, 0.0) + OPEN_MARGIN)
        while rate > 0 and (at := at + own.expovariate(rate)) < until:
            found.append((at, own.choice(known[visit.room])))
    return tuple(found)


def _reactions_known(scenario: Scenario, room: str, moves: dict[str, _Move]) -> tuple[str, ...]:
    """Reactions that a room has, and every room to which its audience is handed from it."""
    on_the_way = [room]
    while (move := moves.get(on_the_way[-1])) and move.to_room not in on_the_way:
        on_the_way.append(move.to_room)
    first, *others = (REACTIONS[scenario.room(one).rules] for one in on_the_way)
    return tuple(one for one in first if all(one in known for known in others))


def _request(
    own: random.Random,
    visit: Visit,
    end: float,
    moves: dict[str, _Move],
    opens: dict[str, float],
) -> float | None:
    """When to ask, while the room is live and before its handoff; ``None`` if never there then."""
    move = moves.get(visit.room)
    since = max(visit.arrives, opens.get(visit.room, 0.0) + OPEN_MARGIN)
    until = min(
        end if visit.departs is None else visit.departs,
        move.offered if move and move.offered > visit.arrives else end,
    )
    return own.uniform(since, until) if since < until else None
