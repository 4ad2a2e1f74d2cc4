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
from afterparty.core.model import (
    OVER,
    SYSTEM,
    HandoffPhase,
    Person,
    Role,
    Room,
    RoomKind,
    RoomState,
    Speak,
    Tally,
)
from afterparty.core.permissions import Refusal
from afterparty.core.rules import (
    ANSWERED_KEPT,
    CAPTIONS_KEPT,
    HANDS_LIMIT,
    INVITATION_SECONDS,
    PINS_LIMIT,
    RULES,
)
from afterparty.wire.events import decode_event, encode_event

PEOPLE = (HOST, *(person(m) for m in ("plumless", "buckeroo", "ann", "bob")), ANONYMOUS, SYSTEM)
people = st.sampled_from(PEOPLE)
members = st.sampled_from([p.member for p in PEOPLE])
handoffs = st.sampled_from(["h1", "h2"])
small = st.integers(-1, 2)
names = st.sampled_from(["one", "two", "three"])
times = st.sampled_from([NOW - 1, NOW + 60, NOW + 7_200, NOW + 10**9])

places = st.integers(0, 20)
roles = st.sampled_from(Role)

anything = st.one_of(
    st.builds(c.OpenRoom, people),
    st.builds(c.CancelRoom, people),
    st.builds(c.EndRoom, people),
    st.builds(c.Join, people),
    st.builds(c.Leave, people, st.none() | members),
    st.builds(c.Vanish, people, st.sampled_from([0.0, 300.0])),
    st.builds(c.Return, people),
    st.builds(c.TakeOver, people),
    st.builds(c.TimeOut, people),
    st.builds(c.TellSoon, people),
    st.builds(
        c.EditRoom, people, st.sampled_from([None, "", "New"]), scheduled_for=st.none() | times
    ),
    st.builds(c.ChangeSpeak, people, st.sampled_from(Speak)),
    st.builds(c.SetLock, people, st.booleans()),
    st.builds(c.Remove, people, members),
    st.builds(c.Block, people, members),
    st.builds(c.Unblock, people, members),
    st.builds(c.Report, people, st.none() | members, st.sampled_from(["", "Shouting."])),
    st.builds(c.MuteAll, people),
    st.builds(c.ConsentToCaptions, people, st.booleans()),
    st.builds(c.PinPost, people, names, st.sampled_from(["", "Read this."])),
    st.builds(c.UnpinPost, people, names),
    st.builds(c.React, people, st.sampled_from(["💯", "✋🏽", "x"])),
    st.builds(c.RaiseHand, people),
    st.builds(c.LowerHand, people, members),
    st.builds(c.AskQuestion, people, st.sampled_from(["", "Why?"])),
    st.builds(c.VoteQuestion, people),
    st.builds(c.HideQuestion, people, members),
    st.builds(c.PickQuestion, people, names, people, st.just("Why?"), st.integers(0, 9)),
    st.builds(c.AnswerQuestion, people, names),
    st.builds(c.RequestToSpeak, people, st.booleans()),
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
        st.booleans(),
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
        rules=st.sampled_from(sorted(RULES)),
        kind=st.sampled_from(RoomKind),
        seated=st.integers(0, 10),
        opened=st.integers(0, 3),
    )
    def begin(self, rules: str, kind: RoomKind, seated: int, opened: int) -> None:
        stage = tuple((person(f"s{i}"), Role.SPEAKER) for i in range(seated))
        assert self.try_out(
            c.CreateRoom(HOST, "party", "show", kind, "Party", rules=rules, stage=stage)
        )
        if opened:
            assert self.try_out(c.OpenRoom(HOST))

    @rule(command=anything)
    def somebody_does_something(self, command: c.Command) -> None:
        self.try_out(command)

    # Chance alone seldom gets far into an evening; these go where people do.

    @rule(who=people, followed=st.booleans())
    def somebody_asks_to_speak(self, who: Person, followed: bool) -> None:
        self.try_out(c.RequestToSpeak(who, followed))

    @precondition(lambda self: self.room)
    @rule(speak=st.sampled_from(Speak))
    def the_host_says_who_may_speak(self, speak: Speak) -> None:
        self.try_out(c.ChangeSpeak(self.room.host, speak))

    @precondition(lambda self: self.room)
    @rule(back=st.booleans())
    def the_host_vanishes(self, back: bool) -> None:
        self.try_out(c.Vanish(self.room.host))
        if back:
            self.try_out(c.Return(self.room.host))

    @precondition(lambda self: self.room)
    @rule(nth=places, by_leave=st.booleans())
    def a_cohost_becomes_the_host(self, nth: int, by_leave: bool) -> None:
        heirs = [s.person for s in self.room.seats.values() if s.role is Role.COHOST]
        if heirs and by_leave:
            self.try_out(c.Leave(self.room.host, heirs[nth % len(heirs)].member))
        elif heirs:
            self.try_out(c.TakeOver(heirs[nth % len(heirs)]))

    @precondition(lambda self: self.room)
    @rule(member=members, and_removed=st.booleans())
    def somebody_is_blocked(self, member: str, and_removed: bool) -> None:
        self.try_out(c.Block(self.room.host, member))
        if and_removed:
            self.try_out(c.Remove(self.room.host, member))

    @precondition(lambda self: self.room)
    @rule(who=people, question=names)
    def a_question_is_picked_and_answered(self, who: Person, question: str) -> None:
        self.try_out(c.PickQuestion(self.room.host, question, who, "Why?", 1))
        self.try_out(c.AnswerQuestion(self.room.host, question))

    @precondition(lambda self: self.room and self.room.requests)
    @rule(nth=places)
    def somebody_who_asks_is_accepted(self, nth: int) -> None:
        asking = self.room.requests
        self.try_out(c.AcceptRequest(self.room.host, asking[nth % len(asking)].member))

    @precondition(lambda self: self.room)
    @rule(who=people, role=roles)
    def somebody_is_invited(self, who: Person, role: Role) -> None:
        self.try_out(c.Invite(self.room.host, who.member, role))

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
        self.try_out(c.ConsentToCaptions(speaker, True))
        self.try_out(c.SayLine(speaker, text, "ko"))

    @precondition(lambda self: self.room)
    @rule(nth=places, by_themselves=st.booleans())
    def somebody_leaves_the_stage(self, nth: int, by_themselves: bool) -> None:
        seats = list(self.room.seats.values())
        person = seats[nth % len(seats)].person
        by_host = c.Demote(self.room.host, person.member)
        leaves = by_themselves and person != self.room.host
        self.try_out(c.Leave(person) if leaves else by_host)

    @precondition(lambda self: self.room)
    @rule(
        handoff=handoffs,
        seconds=st.sampled_from([0.0, 5.0, 10.0]),
        called_off=st.booleans(),
        then_end=st.booleans(),
    )
    def the_host_hands_over(
        self, handoff: str, seconds: float, called_off: bool, then_end: bool
    ) -> None:
        host = self.room.host
        self.try_out(c.OfferHandoff(host, handoff, "next", "show", True, seconds, then_end))
        if called_off:
            self.try_out(c.CancelHandoff(host, handoff))

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
            Due.TELL_SOON: c.TellSoon(SYSTEM),
            Due.TIME_OUT: c.TimeOut(SYSTEM),
        }[first.due]
        handoff = self.room.handoff
        if first.due is Due.TIME_OUT and handoff and handoff.phase is HandoffPhase.MOVING:
            assert not self.try_out(command), "a room does not end under people on the move"
            return
        assert self.try_out(command)
        assert first not in deadlines(self.room)

    @precondition(lambda self: len(self.log) > 20)
    @rule()
    def the_host_ends_it(self) -> None:
        self.try_out(c.EndRoom(self.room.host))

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
        assert seats[0].role is Role.HOST, "the host's seat is the first"
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
    def whoever_is_blocked_holds_nothing_and_cannot_come_in(self) -> None:
        if (room := self.room) is None:
            return
        holding = {*room.seats, *room.invitations}
        holding |= {who.member for who in (*room.requests, *room.hands)}
        assert not room.blocked & holding
        if room.state not in OVER:
            for who in PEOPLE:
                if who.member in room.blocked and who != SYSTEM:
                    decision = decide(room, c.Join(who, known=True), self.now)
                    assert isinstance(decision, Refusal)
                    assert decision.code == "blocked"

    @invariant()
    def what_there_is_has_a_bound(self) -> None:
        if (room := self.room) is None:
            return
        hands = [who.member for who in room.hands]
        assert len(set(hands)) == len(hands) <= HANDS_LIMIT
        assert len({pin.pin for pin in room.pins}) == len(room.pins) <= PINS_LIMIT
        assert len(room.answered) <= ANSWERED_KEPT
        assert len(room.captions) <= CAPTIONS_KEPT
        questions = [one.question for one in room.answered]
        questions += [room.picked.question] if room.picked else []
        assert len(set(questions)) == len(questions), "a question is picked once"

    @invariant()
    def no_listener_is_heard(self) -> None:
        if (room := self.room) is None:
            return
        for who in PEOPLE:
            if room.role_of(who.member) is Role.LISTENER:
                assert not room.may_be_heard(who.member)

    @invariant()
    def only_a_live_room_waits_for_its_host(self) -> None:
        if self.room and self.room.away:
            assert self.room.state is RoomState.LIVE
            assert self.room.away.since <= self.room.away.until

    @invariant()
    def what_is_over_stays_as_it_is(self) -> None:
        if self.room is None or self.room.state not in OVER:
            return
        self.over = self.over or self.room
        assert self.room == self.over
        assert not self.room.requests
        assert not self.room.invitations
        assert not self.room.hands
        assert self.room.away is None
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
TestEvening.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
