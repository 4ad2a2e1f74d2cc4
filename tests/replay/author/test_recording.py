"""replay.author.recording: a show that was watched is a scenario, whatever happened in it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.given import ANONYMOUS, HOST
from tests.core.test_evening import anything
from tests.replay.watched import BEGAN, Log, log, person, watched

from afterparty.core import commands as c
from afterparty.core.model import SYSTEM, Person, Role, RoomKind, Tally, Waiting
from afterparty.replay.author.recording import RecordingError, recording
from afterparty.replay.words.expectation import Heard
from afterparty.replay.words.loading import parse

ANNA, BEN, CLEO, FAN, LEE = (person(name) for name in ("anna", "ben", "cleo", "fan", "lee"))


def evening() -> tuple[Log, Log]:
    """A Space whose audience is handed to a Blueroom, with a fan who asks there."""
    first = log(ANNA, "first", stage=((BEN, Role.SPEAKER),), rules="2021h1", description="Talk.")
    second = log(BEN, "second", RoomKind.BLUEROOM, rules="2021h1")
    for at, room, command in (
        (0, first, c.OpenRoom(ANNA)),
        (5, first, c.Unmute(ANNA)),
        (8, first, c.ConsentToCaptions(ANNA, True)),
        (10, first, c.SayLine(ANNA, "안녕하세요, 여러분!", "ko")),
        (30, first, c.RequestToSpeak(FAN)),
        (40, first, c.AcceptRequest(ANNA, "fan")),
        (42, first, c.Unmute(FAN)),
        (44, first, c.ConsentToCaptions(FAN, True)),
        (45, first, c.SayLine(FAN, 'Hello: "all", #1', "en")),
        (70, second, c.OpenRoom(BEN)),
        (72, second, c.Unmute(BEN)),
        (80, first, c.OfferHandoff(ANNA, "h", "second", "show", True, 30.0)),
        (110, first, c.BeginHandoff(SYSTEM, "h", True)),
        (111, first, c.CloseHandoff(SYSTEM, "h", Tally(40, 34, 4, 2))),
        (111, first, c.Leave(FAN)),
        (120, second, c.PickQuestion(BEN, "q", FAN, "What comes next?", 3)),
        (130, second, c.AnswerQuestion(BEN, "q")),
        (140, first, c.EndRoom(ANNA)),
        (150, second, c.EndRoom(BEN)),
    ):
        room.do(command, BEGAN + at)
    return first, second


SAMPLES = [
    (BEGAN + at, {"first": min(40, at), "second": 0 if at < 110 else 34}) for at in range(0, 150, 5)
]


def test_an_evening_is_recorded() -> None:
    counts = {"first": (40, 43), "second": (34, 37)}
    found = parse(recording(watched(evening(), counts=counts, samples=SAMPLES), "recorded"))
    assert found.scenario == "recorded"
    assert found.begins is not None
    assert found.begins.at.timestamp() == BEGAN
    assert [(m.id, m.name, m.voice.language) for m in found.cast] == [
        ("anna", "Anna", "ko"), ("ben", "Ben", "en"), ("fan", "Fan", "en"),
    ]  # fmt: skip
    assert [(r.id, r.kind, r.host, r.description) for r in found.rooms] == [
        ("first", "space", "anna", "Talk."), ("second", "blueroom", "ben", ""),
    ]  # fmt: skip
    assert [(beat.at, beat.who, beat.do, beat.room) for beat in found.beats] == [
        (0, "anna", "open", "first"),
        (5, "anna", "unmute", "first"),
        (10, "anna", "say", "first"),
        (30, "fan", "join", "first"),
        (30, "fan", "request", "first"),
        (40, "anna", "accept", "first"),
        (42, "fan", "unmute", "first"),
        (45, "fan", "say", "first"),
        (70, "ben", "open", "second"),
        (72, "ben", "unmute", "second"),
        (80, "anna", "offer_handoff", "first"),
        (120, "fan", "ask", "second"),
        (120, "ben", "pick", "second"),
        (130, "ben", "answered", "second"),
        (140, "anna", "end", "first"),
        (150, "ben", "end", "second"),
    ]
    assert [(x.who, x.share) for x in found.expect if isinstance(x, Heard)] == [(("fan",), 0.9)]
    told = {(x.kind, getattr(x, "room", "")) for x in found.expect}
    assert told >= {("state", "first"), ("captions", "first"), ("handoff", "first"),
                    ("tuned_in", "first"), ("listeners", "second")}  # fmt: skip


def test_the_audience_comes_as_it_was_seen_to() -> None:
    counts = {"first": (40, 43), "second": (34, 37)}
    found = parse(recording(watched(evening(), counts=counts, samples=SAMPLES), "recorded"))
    assert [(p.name, p.room, p.size, p.arrive.curve) for p in found.audience] == [
        ("early-1", "first", 14, "steady"),
        ("middle-1", "first", 14, "steady"),
        ("late-1", "first", 13, "steady"),
        ("all-2", "second", 2, "burst"),
    ]
    assert [(p.arrive.start, p.arrive.over) for p in found.audience[:3]] == [
        (0, 13), (13, 13), (26, 13),
    ]  # fmt: skip
    handoff = found.audience[0].handoff
    assert (handoff.follow, handoff.stay, handoff.leave) == (0.85, 0.1, 0.05)


def test_what_is_made_up_is_labelled_and_what_was_recorded_is_said_to_be() -> None:
    real = parse(recording(watched(evening()), "real"))
    assert real.facts[0].basis == "recorded"
    assert "recorded from a live room on 2021-05-03" in real.facts[0].says
    assert {fact.basis for fact in real.facts[1:]} == {"synthetic"}
    assert real.show.title == "An evening (simulation)"
    simulated = parse(recording(watched(evening(), simulated=True), "simulated"))
    assert "recorded from a simulated evening" in simulated.facts[0].says
    assert simulated.begins is not None
    assert simulated.begins.basis == "synthetic"


def test_an_evening_that_was_played_fast_is_recorded_at_its_own_time() -> None:
    found = parse(recording(watched(evening(), simulated=True, speed=6.0), "fast"))
    assert found.demo_speed >= 6
    assert [beat.at for beat in found.beats][:3] == [0, 30, 60]


def test_names_that_a_replay_made_are_those_of_its_scenario() -> None:
    one = log(ANNA, "talk-0a1b2c")
    one.do(c.OpenRoom(ANNA), BEGAN)
    one.do(c.EndRoom(ANNA), BEGAN + 9)
    seen = watched([one])
    assert parse(recording(seen, "kept")).rooms[0].id == "talk-0a1b2c"
    seen.show = seen.show.model_copy(update={"show": "show-0a1b2c"})
    assert parse(recording(seen, "short")).rooms[0].id == "talk"


@pytest.mark.parametrize(("said", "told"), [("2021-06", "2021-06"), ("2021-02-30", "2021-05-03")])
def test_a_date_that_is_none_is_that_of_the_recording(said: str, told: str) -> None:
    one = log(ANNA, "talk")
    one.do(c.OpenRoom(ANNA), BEGAN)
    seen = watched([one])
    seen.show = seen.show.model_copy(update={"date": said})
    assert parse(recording(seen, "talk")).date == told


def test_an_episode_is_one_of_its_series_and_a_tune_is_left_out() -> None:
    one = log(ANNA, "talk-0a1b2c", series="talks-0a1b2c", waiting=Waiting.TUNE)
    one.do(c.OpenRoom(ANNA), BEGAN)
    seen = watched([one])
    seen.show = seen.show.model_copy(update={"show": "show-0a1b2c"})
    seen.series["talks-0a1b2c"] = "Talks, again and again"
    text = recording(seen, "talk")
    series = parse(text).rooms[0].series
    assert series is not None
    assert (series.id, series.title) == ("talks", "Talks, again and again")
    assert "# - 1 x tunes for those who wait" in text


def test_a_host_who_was_away_drops_when_they_were_gone_and_comes_back() -> None:
    one = log(ANNA, "talk", stage=((BEN, Role.COHOST),))
    for at, command in (
        (0, c.OpenRoom(ANNA)),
        (20, c.Vanish(ANNA, 300.0)),
        (40, c.Return(ANNA)),
        (60, c.Vanish(ANNA, 300.0)),
        (90, c.TakeOver(BEN)),
        (99, c.EndRoom(BEN)),
    ):
        one.do(command, BEGAN + at)
    found = parse(recording(watched([one]), "talk"))
    assert [(beat.at, beat.who, beat.do) for beat in found.beats] == [
        (0, "anna", "open"),
        (14, "anna", "drop"),
        (40, "anna", "join"),
        (54, "anna", "drop"),
        (90, "ben", "take_over"),
        (99, "ben", "end"),
    ]


def test_nobody_anonymous_has_a_part_and_what_is_left_out_is_said() -> None:
    one = log(ANNA, "talk", RoomKind.BLUEROOM)
    for command in (
        c.OpenRoom(ANNA),
        c.PickQuestion(ANNA, "q", ANONYMOUS, "Who am I?", 0),
        c.PinPost(ANNA, "p", "A post"),
        c.UnpinPost(ANNA, "p"),
        c.Remove(ANNA, ANONYMOUS.member),
    ):
        one.do(command, BEGAN)
    text = recording(watched([one]), "talk")
    assert "anon-" not in text
    assert "Who am I?" not in text
    assert "# - 1 x posts that were taken down again" in text
    assert "# - 1 x rooms that were still live; they are ended here" in text
    assert [beat.do for beat in parse(text).beats] == ["open", "pin", "end"]


def test_of_very_many_who_acted_those_who_did_most_have_parts() -> None:
    one = log(ANNA, "talk", rules="current")
    one.do(c.OpenRoom(ANNA), BEGAN)
    for number in range(40):
        one.do(c.RaiseHand(person(f"fan{number}")), BEGAN + number)
    one.do(c.RequestToSpeak(person("fan39")), BEGAN + 50)
    found = parse(recording(watched([one]), "talk"))
    assert len(found.cast) == 24
    assert {"anna", "fan39"} <= {member.id for member in found.cast}


def test_a_long_talk_is_told_in_as_many_lines_as_a_showing_has_time_for() -> None:
    one = log(ANNA, "talk")
    one.do(c.OpenRoom(ANNA), BEGAN)
    one.do(c.ConsentToCaptions(ANNA, True), BEGAN)
    one.do(c.Unmute(ANNA), BEGAN)
    for number in range(600):
        one.do(c.SayLine(ANNA, f"This is line {number} of very many.", "en"), BEGAN + 12 * number)
    one.do(c.EndRoom(ANNA), BEGAN + 7300)
    text = recording(watched([one]), "talk")
    found = parse(text)
    lines = [beat for beat in found.beats if beat.do == "say"]
    assert 20 <= len(lines) < 60
    assert f"# - {600 - len(lines)} x lines, for which a showing has no time" in text


def test_what_was_never_live_cannot_be_replayed() -> None:
    with pytest.raises(RecordingError, match="was not live"):
        recording(watched([log(ANNA, "talk")]), "talk")


def test_what_strangers_wrote_is_text_and_nothing_else() -> None:
    tricks = "\x1b[2J\x07\x9b'\": {a: !!python/none &x *x} # \u2028- b\n---\n%\U0001f680"
    anna = Person("anna", "anna", f"A {tricks[:40]}")
    one = log(anna, "talk")
    one.do(c.OpenRoom(anna), BEGAN + 1)
    for n in range(20):
        one.do(c.PinPost(anna, f"p{n}", f"{n} {tricks}", ""), BEGAN + 2 + n)
    text = recording(watched([one], title=tricks), "talk")
    found = parse(text)
    assert "\x1b" not in text
    assert "\x1b" not in found.model_dump_json()
    assert "\U0001f680" in found.show.title
    assert found.title.startswith("\ufffd[2J\ufffd\ufffd'\": {a: !!python")


steps = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.4, 3.0, 70.0]), anything), max_size=60
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(steps, st.sampled_from(["2021h1", "current"]), st.integers(0, 500), st.booleans())
def test_whatever_happens_a_recording_is_a_scenario(
    steps: list[tuple[bool, float, c.Command]], rules: str, tuned_in: int, simulated: bool
) -> None:
    stage = ((person("sol"), Role.SPEAKER),)
    logs = (log(HOST, "party", rules=rules, stage=stage), log(person("ann"), "next", rules=rules))
    now = BEGAN
    logs[0].do(c.OpenRoom(HOST), now)
    for other, later, command in steps:
        now += later
        logs[other].do(command, now)
    counts = {"party": (tuned_in // 2, tuned_in), "next": (tuned_in // 3, tuned_in // 2)}
    samples = [(BEGAN + n, {"party": n % 7 * tuned_in // 7, "next": 0}) for n in range(20)]
    seen = watched(logs, counts=counts, samples=samples, simulated=simulated)
    assert parse(recording(seen, "recorded")).scenario == "recorded"
