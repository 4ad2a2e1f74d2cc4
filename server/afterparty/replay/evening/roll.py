"""Who of those without a connection is where, as far as the server's answers tell. No IO.

Keeps what is asked of them free of races that their plan does not mean: nothing about a room
between the move of its audience and the close of its ledger, no decision after the last moment for
it. Where an answer came too late to tell, it says so (`Doubt`) and has it settled.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from afterparty.replay.plan.agenda import AT_A_HANDOFF, Agenda, Does, Due
from afterparty.replay.plan.audience import Fan
from afterparty.replay.verdict.headcount import CrowdMoved, Doubt, Lost, StepDone

HOLD_SECONDS = 0.25
"""How long before a move nobody is asked to come to the room, or to go from it, any more."""

LAST_CALL_SECONDS = 0.05
"""How long before a move the last may decide."""


IN_TIME_SECONDS = 0.4
"""How long before a move everybody has decided where the countdown lets them: two steps, so that
one that comes late is not too late."""


@dataclass
class Moving:
    """A handoff out of a room, from its offer on. ``at``: when it moves, seconds of the run."""

    handoff: str
    to_room: str
    at: float
    over: bool = False
    stayed: set[str] = field(default_factory=set)


class Roll:
    """Where everybody is. Rooms are called as in the scenario; times are seconds of the run."""

    def __init__(self, fans: Iterable[Fan]) -> None:
        self._fans: Mapping[str, Fan] = {fan.key: fan for fan in fans}
        self.agenda = Agenda(self._fans.values())
        self.where: dict[str, str] = {}
        self.moving: dict[str, Moving] = {}
        """The latest handoff out of each room."""
        self.steps: list[StepDone] = []
        self.moves: list[CrowdMoved] = []
        self.doubts: list[Doubt] = []
        self.lost: list[Lost] = []
        self._over: set[str] = set()
        self._quit: set[str] = set()
        self._unsettled: dict[str, list[int]] = {}
        """Who was answered too late, and the places of their doubts."""
        self._holder: dict[str, str] = {}
        """The node that holds each, as the answers say."""
        self._right_at = 0.0
        """When the last count was asked for that was as it should be."""
        self._moved_since: list[CrowdMoved] = []
        self._unanswered = False
        """Somebody may be there or not, for good."""

    def __len__(self) -> int:
        return len(self._fans)

    def zones(self) -> list[str]:
        """Where they live, each of those of whom it is planned."""
        return [fan.zone for fan in self._fans.values() if fan.zone]

    def gather(self, now: float, limit: int) -> list[Due]:
        """What is to be done now: at most so many, and nobody twice."""
        found: dict[str, Due] = {}
        later: list[Due] = []
        waiting: set[str] = set()
        while len(found) < limit and (due := self.agenda.take(now)):
            if due.who in found or due.who in waiting or self._is_held(due, now):
                later.append(due)
                waiting.add(due.who)
            elif (doing := self._as_things_stand(due, now)) is not None:
                found[due.who] = doing
        self.agenda.put_back(later)
        return list(found.values())

    def offered(self, room: str, moving: Moving, now: float) -> None:
        """A handoff was offered: everybody there does what they are inclined to."""
        self.moving[room] = moving
        for who, where in self.where.items():
            if where == room:
                self._decides(who, room, now)

    def moved(self, room: str) -> None:
        """The handoff's ledger is closed: whoever had not declined is in the other room."""
        moving = self.moving[room]
        moving.over = True
        along = [
            who for who, where in self.where.items() if where == room and who not in moving.stayed
        ]
        self.where.update(dict.fromkeys(along, moving.to_room))
        self.moves.append(CrowdMoved(moving.handoff, room, moving.to_room, len(along)))
        self._moved_since.append(self.moves[-1])

    def canceled(self, room: str) -> None:
        """There is no handoff out of the room any more."""
        del self.moving[room]

    def room_over(self, room: str) -> None:
        """Nobody is there any more."""
        self._over.add(room)
        self.where = {who: where for who, where in self.where.items() if where != room}

    def refused(self, due: Sequence[Due], asked: float, answered: float | None, code: str) -> None:
        """A step was refused for good; ``answered`` is ``None`` if it may have been done before."""
        came, went = self._planned(due)
        done = StepDone(
            asked, answered, len(due), came, went, code="" if answered is None else code
        )
        self.steps.append(done)
        self._unanswered |= answered is None

    def done(
        self,
        due: Sequence[Due],
        changed: int,
        asked: float,
        answered: float,
        *,
        sure: bool,
        node: str = "",
    ) -> None:
        """A step was carried out. Not ``sure``: it had been asked before, without an answer."""
        sure = sure and changed == len(due)
        doubtful = {one.who for one in due if self._is_doubtful(one, answered, sure=sure)}
        came, went = self._planned(one for one in due if one.who not in doubtful)
        for one in due:
            if one.who in doubtful:
                self._doubt(one, asked, went)
            else:
                self._take_note(one, asked, answered)
            if one.does is Does.ENTER:
                self._holder[one.who] = node
        self.steps.append(StepDone(asked, answered, len(due), came, went, changed, node=node))

    def counted(self, found: Mapping[str, int], asked: float, answered: float) -> None:
        """How many were counted in each room, nothing being asked meanwhile.

        Where just those are missing whom one node held, it took them along: they come again, each
        to where they were. Anything else is for the verdict.
        """
        if self._is_uncertain(asked, answered):
            return
        there = Counter(self.where.values())
        lack = {room: there[room] - many for room, many in found.items() if room not in self._over}
        lack = {room: many for room, many in lack.items() if many}
        if not lack:
            self._right_at = asked
            self._moved_since.clear()
            return
        held: dict[str, list[str]] = {}
        for who in self.where:
            held.setdefault(self._holder[who], []).append(who)
        nodes = [
            node for node, gone in held.items() if Counter(self.where[who] for who in gone) == lack
        ]
        if nodes:  # of several the one that was heard from longest ago
            heard = {step.node: step.asked for step in self.steps}
            first = min(nodes, key=lambda node: heard[node])
            self._lose(Lost(tuple(nodes), self._right_at, answered, lack), held[first])

    def _lose(self, lost: Lost, gone: Iterable[str]) -> None:
        self.lost.append(lost)
        for step in self.steps:  # who went by themselves may have gone with the node before
            if step.asked > lost.since:
                self.doubts += [
                    Doubt(lost.since, step.asked, room, -many) for room, many in step.went.items()
                ]
        for move in self._moved_since:  # they may have gone before it
            if many := lost.rooms.get(move.to_room, 0):
                self.doubts.append(Doubt(lost.since, lost.until, move.room, -many))
        for who in gone:
            room = self.where.pop(who)
            if (moving := self.moving.get(room)) and not moving.over:
                moving.stayed.discard(who)
            self.agenda.add(lost.until, Does.ENTER, who, room)

    def _is_uncertain(self, asked: float, answered: float) -> bool:
        """Whether a count then need not agree with where everybody seems to be."""
        last = self.steps[-1].answered if self.steps else 0.0
        under_way = (
            not one.over and answered >= one.at - HOLD_SECONDS for one in self.moving.values()
        )
        return self._unanswered or bool(self._unsettled) or asked <= (last or 0) or any(under_way)

    def _is_held(self, due: Due, now: float) -> bool:
        """Whether it would come between a move and the close of its ledger."""
        here = {self.where.get(due.who), due.room}
        return due.does in (Does.ENTER, Does.LEAVE) and any(
            room in here and not moving.over and now >= moving.at - HOLD_SECONDS
            for room, moving in self.moving.items()
        )

    def _as_things_stand(self, due: Due, now: float) -> Due | None:
        """What is to be done; ``None``: nothing any more."""
        where = self.where.get(due.who)
        if due.does is Does.ENTER:
            room = due.room if due.who in self._unsettled else self._entrance(due.who, due.room)
            needless = where == room or room in self._over or due.who in self._quit
            return None if needless else replace(due, room=room)
        if where is None or due.does is Does.LEAVE:
            return None if where is None else due
        moving = self.moving.get(due.room)
        if moving is None or moving.over or now > moving.at - LAST_CALL_SECONDS:
            return None
        return due if where == due.room else None

    def _entrance(self, who: str, room: str) -> str:
        """Where somebody comes in who means to come to the room: where its audience is, unless
        they stayed behind when it went."""
        seen = {room}
        while (moving := self.moving.get(room)) and moving.over and moving.to_room not in seen:
            if who in moving.stayed:
                break
            room = moving.to_room
            seen.add(room)
        return room

    def _decides(self, who: str, room: str, now: float) -> None:
        fan, moving = self._fans[who], self.moving[room]
        if fan.inclination in AT_A_HANDOFF:
            at = now + (moving.at - now) * fan.decides_after
            at = max(now, min(at, moving.at - IN_TIME_SECONDS))
            self.agenda.add(at, AT_A_HANDOFF[fan.inclination], who, room)

    def _planned(self, due: Iterable[Due]) -> tuple[dict[str, int], dict[str, int]]:
        """How many come into each room, and how many go from it."""
        came: Counter[str] = Counter()
        went: Counter[str] = Counter()
        for one in due:
            if one.does is Does.STAY:
                continue
            if where := self.where.get(one.who):
                went[where] += 1
            if one.does is Does.ENTER:
                came[one.room] += 1
            elif one.does is Does.FOLLOW:
                came[self.moving[one.room].to_room] += 1
        return dict(came), dict(went)

    def _is_doubtful(self, one: Due, answered: float, *, sure: bool) -> bool:
        """Whether the answer leaves open in which room somebody is."""
        moving = self.moving.get(one.room)
        if moving is None or moving.over:
            return False
        if one.does is Does.ENTER:
            return answered > moving.at - LAST_CALL_SECONDS
        return one.does in (Does.FOLLOW, Does.STAY) and not sure

    def _doubt(self, one: Due, asked: float, went: dict[str, int]) -> None:
        """They may be in either room until they are asked to be where they belong."""
        moving = self.moving[one.room]
        if where := self.where.pop(one.who, None):
            went[where] = went.get(where, 0) + 1
        places = self._unsettled.setdefault(one.who, [])
        for room in (one.room, moving.to_room):
            places.append(len(self.doubts))
            self.doubts.append(Doubt(asked, None, room, 1))
        belongs = one.room if one.does is Does.STAY else moving.to_room
        self.agenda.add(moving.at, Does.ENTER, one.who, belongs)

    def _take_note(self, one: Due, asked: float, answered: float) -> None:
        match one.does:
            case Does.ENTER if one.room not in self._over:
                self.where[one.who] = one.room
                for place in self._unsettled.pop(one.who, ()):
                    self.doubts[place] = replace(self.doubts[place], until=answered)
                moving = self.moving.get(one.room)
                if moving and answered < moving.at:
                    self._decides(one.who, one.room, answered)
            case Does.FOLLOW:
                self.where[one.who] = self.moving[one.room].to_room
            case Does.STAY:
                self.moving[one.room].stayed.add(one.who)
            case Does.LEAVE | Does.QUIT:
                self.where.pop(one.who, None)
                if one.does is Does.QUIT:
                    self._quit.add(one.who)
                    # Late, they may have been moved first and have gone from there.
                    moving = self.moving[one.room]
                    if answered > moving.at - LAST_CALL_SECONDS:
                        self.doubts.append(Doubt(asked, answered, moving.to_room, 1))
