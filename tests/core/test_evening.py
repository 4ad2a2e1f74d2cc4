"""``decide`` and ``evolve`` by machine: whatever people do, a room keeps its promises."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.core.given import ANONYMOUS, HOST, NOW, person

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.deadlines import Due, deadlines
from afterparty.core.decision import decide
from afterparty.core.evolution import evolve, fold
from afterparty.core.model import OVER, SYSTEM, HandoffPhase, Person, Role, Room, RoomKind, Tally
from afterparty.core.permissions import Refusal
from afterparty.core.rules import INVITATION_SECONDS, RULES
from afterparty.wire.events import decode_event, encode_event

PEOPLE = (HOST, *(person(m) for m in ("plumless", "buckeroo", "ann", "bob")), ANONYMOUS, SYSTEM)
people = st.sampled_from(PEOPLE)
members = st.sampled_from([p.member for p in PEOPLE])
handoffs = st.sampled_from(["h1", "h2"])
small = st.integers(-1, 2)

places = st.integers(0, 20)
roles = st.sampled_from(Role)

anything = st.one_of(
    st.builds(c.OpenRoom, people),
    st.builds(c.CancelRoom, people),
    st.builds(c.EndRoom, people),
    st.builds(c.Join, people),
    st.builds(c.Leave, people),
    st.builds(c.RequestToSpeak, people),
    st.builds(c.WithdrawRequest, people),
    st.builds(c.AcceptRequest, people, members),
    st.builds(c.DeclineRequest, people, members),
    st.builds(c.Invite, people, members, roles),
    st.builds(c.AcceptInvitation, people),
    st.builds(c.DeclineInvitation, people),
    st.builds(c.Demote, people, members),
    st.builds(c.Mute, people, members),
    st.builds(c.Unmute, people),
    st.builds(c.SayLine, people, st.sampled_from(["", "Hello.", "x" * 501]), st.just("en")),
    st.builds(
        c.OfferHandoff,
        people,
        handoffs,
        st.sampled_from(["next", "party"]),
        st.sampled_from(["show", "other"]),
        st.booleans(),
        st.floats(),
    ),
    st.builds(c.BeginHandoff, people, handoffs, st.booleans()),
    st.builds(c.CancelHandoff, people, handoffs),
    st.builds(c.CloseHandoff, people, handoffs, st.builds(Tally, small, small, small, small)),
    st.builds(c.ExpireInvitation, people, members),
    st.just(c.CreateRoom(HOST, "party", "show", RoomKind.SPACE, "Again")),
)


class Evening(RuleBasedStateMachine):
    """A room, anybody who does anything, and time that passes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.log: list[e.Event] = []
        self.room: Room | None = None
        self.travelled: Room | None = None
        self.over: Room | None = None

    def try_out(self, command: c.Command) -> bool:
        before = self.room, repr(self.room)
        decision = decide(self.room, command, self.now)
        assert decide(self.room, command, self.now) == decision
        assert (self.room, repr(self.room)) == before
        if isinstance(decision, Refusal):
            return False
        for event in decision:
            assert event.at == self.now
            self.log.append(event)
            self.room = evolve(self.room, event)
            self.travelled = evolve(self.travelled, decode_event(encode_event(event)))
        return True

    @initialize(
        rules=st.sampled_from(sorted(RULES)), seated=st.integers(0, 10), opened=st.integers(0, 3)
    )
    def begin(self, rules: str, seated: int, opened: int) -> None:
        stage = tuple((person(f"s{i}"), Role.SPEAKER) for i in range(seated))
        assert self.try_out(
            c.CreateRoom(HOST, "party", "show", RoomKind.SPACE, "Party", rules=rules, stage=stage)
        )
        if opened:
            assert self.try_out(c.OpenRoom(HOST))

    @rule(command=anything)
    def somebody_does_something(self, command: c.Command) -> None:
        self.try_out(command)

    # Chance alone seldom gets far into an evening; these go where people do.

    @rule(who=people)
    def somebody_asks_to_speak(self, who: Person) -> None:
        self.try_out(c.RequestToSpeak(who))

    @precondition(lambda self: self.room and self.room.requests)
    @rule(nth=places)
    def somebody_who_asks_is_accepted(self, nth: int) -> None:
        asking = self.room.requests
        self.try_out(c.AcceptRequest(HOST, asking[nth % len(asking)].member))

    @rule(who=people, role=roles)
    def somebody_is_invited(self, who: Person, role: Role) -> None:
        self.try_out(c.Invite(HOST, who.member, role))

    @precondition(lambda self: self.room and self.room.invitations)
    @rule(nth=places)
    def somebody_invited_comes(self, nth: int) -> None:
        invited = [p for p in PEOPLE if p.member in self.room.invitations]
        self.try_out(c.AcceptInvitation(invited[nth % len(invited)]))

    @precondition(lambda self: self.room)
    @rule(nth=places, text=st.text(max_size=20))
    def somebody_on_stage_speaks(self, nth: int, text: str) -> None:
        seats = list(self.room.seats.values())
        speaker = seats[nth % len(seats)].person
        self.try_out(c.Unmute(speaker))
        self.try_out(c.SayLine(speaker, text, "ko"))

    @precondition(lambda self: self.room)
    @rule(nth=places, by_themselves=st.booleans())
    def somebody_leaves_the_stage(self, nth: int, by_themselves: bool) -> None:
        seats = list(self.room.seats.values())
        person = seats[nth % len(seats)].person
        self.try_out(c.Leave(person) if by_themselves else c.Demote(HOST, person.member))

    @rule(handoff=handoffs, seconds=st.sampled_from([0.0, 5.0, 10.0]), called_off=st.booleans())
    def the_host_hands_over(self, handoff: str, seconds: float, called_off: bool) -> None:
        self.try_out(c.OfferHandoff(HOST, handoff, "next", "show", True, seconds))
        if called_off:
            self.try_out(c.CancelHandoff(HOST, handoff))

    @rule(seconds=st.sampled_from([0.02, 1.0, 10.0, INVITATION_SECONDS]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.room is not None and deadlines(self.room))
    @rule()
    def what_falls_due_first_is_done(self) -> None:
        assert self.room is not None
        first = deadlines(self.room)[0]
        self.now = max(self.now, first.at)
        command: c.Command = {
            Due.BEGIN_HANDOFF: c.BeginHandoff(SYSTEM, first.subject, True),
            Due.CLOSE_HANDOFF: c.CloseHandoff(SYSTEM, first.subject, Tally(6, 3, 2, 1)),
            Due.EXPIRE_INVITATION: c.ExpireInvitation(SYSTEM, first.subject),
        }[first.due]
        assert self.try_out(command)
        assert first not in deadlines(self.room)

    @precondition(lambda self: len(self.log) > 20)
    @rule()
    def the_host_ends_it(self) -> None:
        self.try_out(c.EndRoom(HOST))

    @invariant()
    def the_room_is_the_fold_of_its_events(self) -> None:
        assert fold(self.log) == self.room == self.travelled
        assert self.room is None or self.room.version == len(self.log)

    @invariant()
    def the_stage_is_in_order(self) -> None:
        if (room := self.room) is None:
            return
        seats = list(room.seats.values())
        roles = [seat.role for seat in seats]
        assert roles.count(Role.HOST) == 1
        assert room.host == HOST
        assert roles.count(Role.COHOST) <= room.limits.cohosts
        assert roles.count(Role.SPEAKER) <= room.limits.speakers
        assert Role.LISTENER not in roles
        assert all(member == seat.person.member for member, seat in room.seats.items())
        assert len({seat.csrc for seat in seats}) == len(seats)
        assert all(0 < seat.csrc < 2**32 for seat in seats)
        assert not any(seat.person.anonymous or seat.person == SYSTEM for seat in seats)

    @invariant()
    def nobody_on_stage_waits_for_a_place_on_it(self) -> None:
        if (room := self.room) is None:
            return
        asking = [p.member for p in room.requests]
        assert len(set(asking)) == len(asking)
        assert not set(asking) & set(room.seats)
        assert not set(room.invitations) & set(room.seats)

    @invariant()
    def what_is_over_stays_as_it_is(self) -> None:
        if self.room is None or self.room.state not in OVER:
            return
        self.over = self.over or self.room
        assert self.room == self.over
        assert not self.room.requests
        assert not self.room.invitations
        assert deadlines(self.room) == ()
        assert not any(self.room.may_be_heard(p.member) for p in PEOPLE)

    @invariant()
    def a_closed_handoff_balances(self) -> None:
        handoff = self.room.handoff if self.room else None
        if handoff is None:
            return
        assert (handoff.tally is not None) is (handoff.phase is HandoffPhase.CLOSED)
        assert handoff.tally is None or handoff.tally.balanced
        assert handoff.begun_at is None or handoff.offered_at <= handoff.begun_at


TestEvening = Evening.TestCase
TestEvening.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
