"""How an evening's rooms go by its script: when each opens, is handed over, and ends. Pure.

Wall seconds since the evening began. What really happens may come a little later; a plan of the
audience keeps as far from these moments as that asks for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from afterparty.replay.words.beats import Offer
from afterparty.replay.words.scenario import Scenario

MOVE_MARGIN = 1.5
"""Wall seconds around a handoff's move in which nobody is planned to come in."""

END_MARGIN = 1.0
"""Wall seconds before a room's end in which nobody is planned to come or go."""

MARGIN_SHARE = 0.05
"""Of the evening, no margin is longer: however fast it goes, there is time to come."""


@dataclass(frozen=True, slots=True)
class Move:
    """A handoff as the script foresees it."""

    to_room: str
    offered: float
    moves: float


@dataclass(frozen=True, slots=True)
class Course:
    """The rooms of an evening. Whatever the script does not say is not in the tables."""

    opens: Mapping[str, float]
    moves: Mapping[str, Move]
    """The first handoff out of each room."""
    ends: Mapping[str, float]
    end: float
    """Of the evening: its last beat."""

    def margin(self, seconds: float) -> float:
        """So many seconds, or as many as an evening of this speed has room for."""
        return min(seconds, MARGIN_SHARE * self.end)

    def entrance(self, room: str, at: float) -> tuple[str, float]:
        """Where and when somebody comes in who means to come to ``room`` at ``at``.

        Around a handoff's move and after it that is the other room.
        """
        visited = {room}
        while (move := self.moves.get(room)) and at > move.moves - self.margin(MOVE_MARGIN):
            if move.to_room in visited:
                break
            room, at = move.to_room, max(at, move.moves + self.margin(MOVE_MARGIN))
            visited.add(room)
        return room, at

    def latest(self, room: str) -> float:
        """Until when anybody is planned to come into the room, or to go from it."""
        ends = self.ends.get(room, self.end)
        return max(self.opens.get(room, 0.0), ends - self.margin(END_MARGIN))

    def until(self, room: str, since: float) -> float:
        """Until when one may go of one's own accord, having come to ``room`` at ``since``.

        Whoever goes, goes before the offer, or after everybody has moved: a countdown's comings
        and goings are told by inclinations alone, so that its ledger can be foreseen.
        """
        move = self.moves.get(room)
        if move is None:
            return self.latest(room)
        return move.offered if move.offered > since else self.latest(move.to_room)


def course(scenario: Scenario, speed: float) -> Course:
    """The script's course at ``speed`` evening seconds a wall second."""
    moves: dict[str, Move] = {}
    for beat in scenario.beats:
        if isinstance(beat, Offer):
            offered = beat.at / speed
            moves.setdefault(beat.room, Move(beat.to, offered, offered + beat.seconds / speed))
    return Course(
        opens={beat.room: beat.at / speed for beat in scenario.beats if beat.do == "open"},
        moves=moves,
        ends={beat.room: beat.at / speed for beat in scenario.beats if beat.do == "end"},
        end=scenario.ends_at / speed,
    )
