"""Who comes to the evening, when, and what each will do: drawn by lot, the same for a seed.

Pure: from a scenario to a plan. Shares come out exactly, to the nearest member: it is drawn who,
never how many. Times are wall seconds since the evening began. What a plan is put together from is
in ``curves``, ``zones``, ``visits`` and ``asking``; the script's own times are in ``course``.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

import numpy as np

from afterparty.replay.plan.asking import Wish, spread, taking_back
from afterparty.replay.plan.course import Course, course
from afterparty.replay.plan.curves import moment
from afterparty.replay.plan.visits import Leaning, Visit, attempts, visits
from afterparty.replay.plan.zones import divided
from afterparty.replay.words.scenario import Part, Scenario
from afterparty.wire.views import REACTIONS

OPEN_MARGIN = 0.5
"""Wall seconds after a room's opening before which nobody reacts or asks to speak."""

ASKING = 0.75
"""Part of a stay that ends before its room in which one may ask: the rest is for taking it back."""

T = TypeVar("T")


class Inclination(StrEnum):
    """What a listener does when offered a handoff."""

    EARLY = "early"
    FOLLOW = "follow"
    STAY = "stay"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Fan:
    """One listener's evening."""

    key: str
    """``seoul-007``: name in the plan; the handle too, unless anonymous."""
    part: str
    anonymous: bool
    visits: tuple[Visit, ...]
    """In order, never two at one time: they go, go over or return in between."""
    inclination: Inclination
    decides_after: float
    """Part of a countdown, 0 to 1, after which ``early``, ``stay`` or ``leave`` is done."""
    zone: str = ""
    """Where they live, if the part says where."""
    broken: tuple[float, ...] = ()
    """When attempts to come in break, before the first visit."""
    simulated: bool = False
    """Present without a connection: counted, but with neither sound nor anything to say."""
    reactions: tuple[tuple[float, str], ...] = ()
    """When, and which; only while present."""
    requests_at: float | None = None
    """When to ask to speak; never for somebody anonymous."""
    withdraws_at: float | None = None
    """When to take that back, before they go or are offered another room."""

    @property
    def name(self) -> str:
        """What they are called in the room."""
        return f"Listener {self.key}"


def plan(scenario: Scenario, speed: float, real: int | None = None) -> tuple[Fan, ...]:
    """Everybody in the audience, in order of first arrival.

    ``speed`` is evening seconds a wall second. ``real`` of them, spread over the evening, have
    connections (``None``: all); the others are ``simulated``. The same scenario, seed, speed and
    ``real`` give the same plan; another speed gives the same people with their times scaled.

    Raises:
        ValueError: ``speed`` is not above 0.
    """
    if not speed > 0:
        raise ValueError("speed is above 0")
    evening = course(scenario, speed)
    drawn = [
        (part, index, part.fan(index))
        for part in (_Drawn(scenario, part, speed, evening) for part in scenario.audience)
        for index in range(part.part.size)
    ]
    drawn.sort(key=lambda one: (one[2].visits[0].arrives, one[2].key))
    doing = set(_spread_over(len(drawn), real))
    fans = [
        part.connected(index, fan) if place in doing else fan
        for place, (part, index, fan) in enumerate(drawn)
    ]
    return tuple(_apart(fans, evening, [beat.at / speed for beat in scenario.beats]))


def _spread_over(places: int, many: int | None) -> Sequence[int]:
    """So many of the places, evenly."""
    if many is None or many >= places:
        return range(places)
    return [int(place) for place in np.linspace(0, places, many, endpoint=False)]


class _Drawn:
    """A part with what was drawn for it as a whole."""

    def __init__(self, scenario: Scenario, part: Part, speed: float, evening: Course) -> None:
        draw = random.Random(f"{scenario.seed}:{part.name}")  # noqa: S311 - a plan, not a secret
        self.part = part
        self.seed, self.speed, self.course = scenario.seed, speed, evening
        size, churn = part.size, part.churn
        self.anonymous = _deal(draw, size, {True: part.anonymous, False: 1 - part.anonymous})
        back = churn.share * churn.returns
        goes = {"stays": 1 - churn.share, "goes": churn.share - back, "returns": back}
        self.goes = _deal(draw, size, goes)
        shares = {kind: float(getattr(part.handoff, kind)) for kind in Inclination}
        self.inclined = _deal(draw, size, shares)
        accounts = [index for index, nameless in enumerate(self.anonymous) if not nameless]
        self.asks = set(draw.sample(accounts, round(part.requests * len(accounts))))
        middle = timedelta(seconds=part.arrive.start + part.arrive.over / 2)
        when = scenario.begins.at + middle if scenario.begins else None
        self.zones = _deal(draw, size, divided(part.zones, when)) if part.zones else [""] * size
        failing = part.retry.share if part.retry else 0.0
        self.fails = _deal(draw, size, {True: failing, False: 1 - failing})
        self.known = {
            room.id: _reactions_known(scenario, room.id, evening) for room in scenario.rooms
        }

    def _own(self, index: int, of: str = "") -> random.Random:
        # A source of chance a fan: what one draws does not shift another's evening.
        return random.Random(f"{self.seed}:{self.part.name}:{index}{of}")  # noqa: S311 - likewise

    def fan(self, index: int) -> Fan:
        """One of them: where they are when, and what they do at a handoff."""
        own, part = self._own(index), self.part
        start, over = part.arrive.start / self.speed, part.arrive.over / self.speed
        arrives = moment(part.arrive.curve, start, over, own.random())
        broken: tuple[float, ...] = ()
        if part.retry and self.fails[index]:
            latest = self.course.latest(part.room)
            broken, arrives = attempts(arrives, part.retry.tries, part.retry.wait, latest)
        within = None if part.churn.within is None else part.churn.within / self.speed
        leaning = self._leaning(index)
        stays = visits(own, leaning, arrives, self.goes[index], within, self.course)
        return Fan(
            key=f"{part.name}-{index + 1:03}",
            part=part.name,
            anonymous=self.anonymous[index],
            visits=stays,
            inclination=self.inclined[index],
            decides_after=own.uniform(0.1, 0.8),
            zone=self.zones[index],
            broken=broken,
            simulated=True,
        )

    def _leaning(self, index: int) -> Leaning:
        leak = self.part.leak
        if leak is None:
            return Leaning(self.part.room)
        drawn = self._own(index, ":leak").random()
        start, over = leak.start / self.speed, leak.over / self.speed
        return Leaning(self.part.room, leak.to, moment(leak.curve, start, over, drawn))

    def connected(self, index: int, fan: Fan) -> Fan:
        """The same with a connection, and what it is good for: reactions, a request to speak."""
        own = self._own(index, ":connected")
        rate = self.part.reactions * self.speed / 60
        asks = index in self.asks
        return replace(
            fan,
            simulated=False,
            reactions=_reactions(own, fan.visits, rate, self.course, self.known),
            requests_at=_asks_at(own, fan.visits[0], self.course) if asks else None,
        )


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


def _reactions(
    own: random.Random,
    stays: tuple[Visit, ...],
    rate: float,
    evening: Course,
    known: Mapping[str, tuple[str, ...]],
) -> tuple[tuple[float, str], ...]:
    """Reactions at ``rate`` a wall second while present in a live room (a Poisson process)."""
    found: list[tuple[float, str]] = []
    for visit in stays:
        until = evening.end if visit.departs is None else visit.departs
        at = max(visit.arrives, evening.opens.get(visit.room, 0.0) + OPEN_MARGIN)
        while rate > 0 and (at := at + own.expovariate(rate)) < until:
            found.append((at, own.choice(known[visit.room])))
    return tuple(found)


def _reactions_known(scenario: Scenario, room: str, evening: Course) -> tuple[str, ...]:
    """Reactions that a room has, and every room to which its audience is handed from it."""
    on_the_way = [room]
    while (move := evening.moves.get(on_the_way[-1])) and move.to_room not in on_the_way:
        on_the_way.append(move.to_room)
    first, *others = (REACTIONS[scenario.room(one).rules] for one in on_the_way)
    return tuple(one for one in first if all(one in known for known in others))


def _may_ask(visit: Visit, evening: Course) -> tuple[float, float]:
    """Between when somebody may ask: while the room is live, and well before they go."""
    since = max(visit.arrives, evening.opens.get(visit.room, 0.0) + OPEN_MARGIN)
    goes = _goes_at(visit, evening)
    return since, evening.end if goes is None else since + ASKING * (goes - since)


def _goes_at(visit: Visit, evening: Course) -> float | None:
    """When a stay ends, or is offered to go on in another room; ``None``: not before the room."""
    move = evening.moves.get(visit.room)
    offered = move.offered if move and move.offered > visit.arrives else None
    return min((at for at in (visit.departs, offered) if at is not None), default=None)


def _asks_at(own: random.Random, visit: Visit, evening: Course) -> float | None:
    """When to ask; ``None`` if never there while one may."""
    since, until = _may_ask(visit, evening)
    return own.uniform(since, until) if since < until else None


def _apart(fans: list[Fan], evening: Course, beats: list[float]) -> list[Fan]:
    """The same with requests, and their taking back, apart from each other and from beats."""
    asking = {fan.key: fan for fan in fans if fan.requests_at is not None}
    wishes = [
        Wish(key, fan.requests_at, *_may_ask(fan.visits[0], evening))
        for key, fan in asking.items()
        if fan.requests_at is not None
    ]
    asked = spread(wishes, beats)
    goes = {key: _goes_at(fan.visits[0], evening) for key, fan in asking.items()}
    back = [taking_back(key, asked[key], at) for key, at in goes.items() if at is not None]
    withdrawn = spread([wish for wish in back if wish is not None], beats)
    return [
        replace(fan, requests_at=asked[fan.key], withdraws_at=withdrawn.get(fan.key))
        if fan.key in asked
        else fan
        for fan in fans
    ]
