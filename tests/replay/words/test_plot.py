"""afterparty.replay.words.plot and littleroom: whether the beats can happen as they are written."""

from typing import get_args

import pytest
from tests.core.test_permissions import MESSAGES
from tests.replay.texts import SMALL, spoiled

from afterparty.core.permissions import TABLE
from afterparty.replay.words.beats import Beat
from afterparty.replay.words.loading import ScenarioError, parse
from afterparty.replay.words.plot import spoken_seconds
from afterparty.replay.words.standings import PERMITTED

AFTER_ACCEPT = '  - {at: "0:48", who: fan.c, do: say, text: "May I?", unheard: true}\n'


def said_of(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    return str(caught.value)


def with_beat(beat: str) -> str:
    """The small scenario with one more beat after the fan's request was accepted."""
    return spoiled(AFTER_ACCEPT, f"  - {beat}\n")


@pytest.mark.parametrize(
    ("beat", "says"),
    [
        ('{at: "0:44", who: fan.d, do: unmute}', "nobody 'fan.d' in cast; did you mean 'fan.c'?"),
        ('{at: "0:44", who: fan.c, do: unmute, room: frist}', "did you mean 'first'?"),
        ('{at: "0:44", who: fan.c, do: unmute, room: second}', "'fan.c' is in 'first' at 0:44"),
        ('{at: "0:44", who: host.a, do: mute, member: fan.x}', "nobody 'fan.x' in cast"),
        ('{at: "0:44", who: fan.c, do: say, text: Hi}', "has a closed microphone at 0:44"),
        ('{at: "0:44", who: host.a, do: say, text: Hi, unheard: true}', "an open microphone"),
        ('{at: "0:44", who: fan.c, do: accept, member: fan.c}', "a speaker of 'first' may not"),
        ('{at: "0:44", who: host.a, do: accept, member: fan.c}', "does not ask to speak"),
        ('{at: "0:44", who: host.a, do: decline, member: fan.c}', "does not ask to speak"),
        ('{at: "0:44", who: host.a, do: invite, member: fan.c}', "has a seat already"),
        ('{at: "0:44", who: host.a, do: demote, member: host.a}', "has no seat to lose"),
        ('{at: "0:44", who: fan.c, do: request}', "a speaker of 'first' may not request"),
        ('{at: "0:44", who: fan.c, do: join, room: first}', "is in 'first' already"),
        ('{at: "0:44", who: host.a, do: open}', "'first' is live at 0:44"),
        ('{at: "0:44", who: fan.c, do: stay}', "no handoff of this room runs"),
        ('{at: "0:44", who: fan.c, do: follow}', "no handoff of 'first' runs"),
        ('{at: "0:44", who: host.a, do: cancel_handoff}', "no handoff of this room runs"),
        ('{at: "0:44", who: fan.c, do: react, reaction: "💜"}', "has 💯 ✋ ✊ ✌️ 👋 by its rules"),
        ('{at: "0:44", who: fan.c, do: raise_hand}', "the rules 2021h1 have no raised hand"),
        ('{at: "0:44", who: fan.c, do: lower_hand}', "'fan.c' has no hand raised"),
        ('{at: "0:44", who: fan.c, do: mute_all}', "a speaker of 'first' may not mute_all"),
        ('{at: "0:44", who: fan.c, do: take_over}', "a speaker of 'first' may not take_over"),
        ('{at: "0:44", who: host.a, do: remove, member: host.a}', "'host.a' hosts the room"),
        ('{at: "0:44", who: host.a, do: block, member: fan.x}', "nobody 'fan.x' in cast"),
        ('{at: "0:44", who: host.a, do: leave, to: fan.c}', "'fan.c' is no co-host of 'first'"),
        ('{at: "0:44", who: fan.c, do: leave, to: host.a}', "only the host of a live room"),
        ('{at: "0:44", who: host.a, do: pick, member: fan.c}', "'fan.c' has no question open"),
        ('{at: "0:44", who: host.a, do: answered}', "no question is being answered"),
        ('{at: "0:44", who: fan.c, do: pin}', "a post has a text, or a url"),
        ('{at: "0:44", who: fan.c, do: pin, url: "ftp://a"}', "begins with http://"),
        (
            '{at: "0:44", who: fan.c, do: who_may_speak, speak: all}',
            "none of everyone, followed, invited",
        ),
        ('{at: "0:41", who: fan.c, do: unmute}', "is before the beat above (0:42)"),
        ('{at: "0:44", who: speaker.b, do: unmute}', "say which room: 'speaker.b' is in none"),
        ('{at: "0:44", who: host.a, do: offer_handoff, to: first, seconds: 9}', "another room"),
        ('{at: "0:44", who: host.a, do: offer_handoff, to: third, seconds: 9}', "no room 'third'"),
        ('{at: "0:44", who: host.a, do: offer_handoff, to: second, seconds: 9}', "is scheduled"),
    ],
)
def test_what_cannot_happen_is_told(beat: str, says: str) -> None:
    text = with_beat(beat)
    said = said_of(text)
    assert says in said
    assert f":{text[: text.index(beat)].count(chr(10)) + 1}: beats[6]" in said


def test_of_somebody_who_is_elsewhere_what_follows_is_not_told() -> None:
    there = '{at: "1:31", who: speaker.b, do: unmute, room: second}'
    text = spoiled(
        '  - {at: "1:30", who: speaker.b, do: open, room: second}\n',
        '  - {at: "1:29", who: speaker.b, do: unmute, room: first}\n'
        '  - {at: "1:30", who: speaker.b, do: open, room: second}\n'
        f"  - {there}\n"
        '  - {at: "1:32", who: speaker.b, do: say, text: Hi}\n',
    )
    told = said_of(text)
    assert told.count("beats[") == 1
    assert "'speaker.b' is in 'first' at 1:31, not here; add a beat with 'do: leave' before" in told


def test_a_listener_must_join_before_acting() -> None:
    said = said_of(spoiled('  - {at: "0:30", who: fan.c, do: join, room: first}\n', ""))
    assert "say which room: 'fan.c' is in none at 0:36" in said
    said = said_of(
        spoiled("who: fan.c, do: request}", "who: fan.c, do: request, room: first}").replace(
            "do: join, room: first", "do: leave, room: first"
        )
    )
    assert "'fan.c' is not in 'first' yet; add a beat with 'do: join' before" in said


def test_a_line_needs_time_to_be_spoken() -> None:
    said = said_of(spoiled("text: Hello}", f"text: {'Hello everybody ' * 10}}}"))
    assert "takes about 9.8 s to speak, but the next beat is 3.0 s later at demo speed" in said


def test_after_the_handoff_people_are_elsewhere_and_without_a_seat() -> None:
    last = '  - {at: "4:00", who: speaker.b, do: end, room: second}\n'
    said = said_of(spoiled(last, '  - {at: "3:50", who: fan.c, do: unmute}\n' + last))
    assert "a listener of 'second' may not unmute" in said


def test_who_stays_is_where_they_were() -> None:
    stays = spoiled(
        '  - {at: "2:40", who: fan.c, do: react',
        '  - {at: "2:00", who: fan.c, do: stay}\n  - {at: "2:40", who: fan.c, do: react',
    )
    assert parse(stays).beats[10].room == "first"


def test_who_follows_early_is_there_at_once() -> None:
    follows = spoiled(
        '  - {at: "2:40", who: fan.c, do: react',
        '  - {at: "2:00", who: fan.c, do: follow}\n  - {at: "2:06", who: fan.c, do: react',
    )
    assert parse(follows).beats[10].room == "second"


def test_a_canceled_handoff_moves_nobody() -> None:
    canceled = spoiled(
        '  - {at: "2:40", who: fan.c, do: react',
        '  - {at: "2:00", who: host.a, do: cancel_handoff}\n  - {at: "2:40", who: fan.c, do: react',
    )
    assert parse(canceled).beats[10].room == "first"


def test_a_room_ends_only_after_its_handoff_is_over() -> None:
    said = said_of(spoiled('at: "3:40", who: host.a', 'at: "3:30", who: host.a'))
    assert "the handoff's ledger may be open until 3:36 at demo speed" in said


def test_nothing_happens_in_a_room_that_is_over() -> None:
    said = said_of(
        spoiled(
            '  - {at: "4:00", who: speaker.b, do: end',
            '  - {at: "3:44", who: host.a, do: mute, member: speaker.b, room: first}\n'
            '  - {at: "4:00", who: speaker.b, do: end',
        )
    )
    assert "not here" in said or "is over" in said


def test_an_invitation_is_taken_or_refused_only_if_it_is_open() -> None:
    joins = '  - {at: "0:36", who: fan.c, do: request}\n'
    rest = '  - {at: "0:42", who: host.a, do: accept, member: fan.c}\n'
    invited = spoiled(
        joins + rest,
        '  - {at: "0:36", who: host.a, do: invite, member: fan.c}\n'
        '  - {at: "0:42", who: fan.c, do: accept_invitation}\n',
    )
    assert parse(invited)
    declined = invited.replace("accept_invitation", "decline_invitation").replace(
        ", unheard: true", ""
    )
    assert "has no seat at 0:48" in said_of(declined)
    uninvited = spoiled(joins + rest, '  - {at: "0:42", who: fan.c, do: accept_invitation}\n')
    assert "'fan.c' has no open invitation then" in said_of(uninvited)


def test_demoted_is_without_a_seat_and_muted_without_a_voice() -> None:
    demoted = with_beat('{at: "0:44", who: host.a, do: demote, member: fan.c}\n' + AFTER_ACCEPT)
    assert parse(demoted.replace("\n\n", "\n"))
    muted = spoiled(
        "do: say, text: Hello}", 'do: mute}\n  - {at: "0:20", who: host.a, do: say, text: Hello}'
    )
    assert "'host.a' has a closed microphone at 0:20" in said_of(muted)


def evening(*beats: str, room: str = "") -> str:
    """An evening by today's rules: a host, a co-host, two fans who have come in; then the beats."""
    head, _ = SMALL.split("audience:")
    head = head.replace("stage: [{who: speaker.b}]", "stage: [{who: speaker.b, role: cohost}]")
    head = head.replace("title: First,", f"title: First, rules: current, {room}")
    head = head.replace("rooms:", "  - {id: fan.d, name: Fan D, voice: {language: en}}\nrooms:")
    begun = (
        '{at: "0:00", who: host.a, do: open, room: first}',
        '{at: "0:06", who: fan.c, do: join, room: first}',
        '{at: "0:06", who: speaker.b, do: unmute, room: first}',
    )
    listed = "".join(f"  - {beat}\n" for beat in (*begun, *beats))
    return f"{head}beats:\n{listed}expect:\n  - {{kind: state, room: first, is: ended}}\n"


@pytest.mark.parametrize(
    "beats",
    [
        ("who: fan.c, do: raise_hand", "who: fan.c, do: lower_hand"),
        ("who: fan.c, do: raise_hand", "who: host.a, do: lower_hand, member: fan.c"),
        ("who: host.a, do: lock", "who: host.a, do: unlock", "who: fan.d, do: join"),
        ("who: host.a, do: lock", "who: fan.c, do: leave", "who: fan.c, do: join"),
        ("who: speaker.b, do: mute_all", "who: speaker.b, do: say, text: I go on"),
        ("who: host.a, do: who_may_speak, speak: everyone", "who: fan.c, do: request",
         "who: fan.c, do: unmute", "who: fan.c, do: say, text: Hello"),
        ("who: speaker.b, do: pin, text: A post", "who: host.a, do: pin, url: 'https://a.test/b'"),
        ("who: speaker.b, do: consent, captions: false", "who: speaker.b, do: say, text: Hello"),
        ("who: speaker.b, do: remove, member: fan.c", "who: fan.c, do: join"),
        ("who: host.a, do: react, reaction: '💜'",),
        ("who: host.a, do: leave, to: speaker.b", "who: speaker.b, do: end"),
        ("who: host.a, do: drop", "who: host.a, do: unmute", "who: host.a, do: end"),
        ("who: fan.c, do: drop", "who: fan.c, do: join"),
        ("who: fan.c, do: ask, text: So", "who: host.a, do: pick, member: fan.c",
         "who: speaker.b, do: answered"),
    ],
    ids=lambda beats: beats[0].split(", ", 1)[1],
)  # fmt: skip
def test_what_can_happen_is_let_through(beats: tuple[str, ...]) -> None:
    timed = (f'{{at: "0:{10 + 10 * n}", {beat}, room: first}}' for n, beat in enumerate(beats))
    assert len(parse(evening(*timed)).beats) == 3 + len(beats)


@pytest.mark.parametrize(
    ("beats", "says"),
    [
        (("who: host.a, do: lock", "who: fan.d, do: join"), "'fan.d' was never in it"),
        (("who: host.a, do: block, member: fan.c", "who: fan.c, do: join"), "is blocked from"),
        (("who: host.a, do: block, member: fan.c", "who: host.a, do: invite, member: fan.c"),
         "'fan.c' is blocked then"),
        (("who: host.a, do: remove, member: fan.c", "who: fan.c, do: request"), "not in 'first'"),
        (("who: host.a, do: mute_all", "who: speaker.b, do: say, text: Hi"), "closed microphone"),
        (("who: host.a, do: who_may_speak, speak: followed", "who: fan.c, do: request",
          "who: fan.c, do: unmute"), "a listener of 'first' may not unmute"),
        (("who: host.a, do: leave", "who: speaker.b, do: unmute"), "'first' is over"),
        (("who: host.a, do: leave, to: speaker.b", "who: host.a, do: end"), "may not end"),
        (("who: speaker.b, do: take_over",), "'host.a' hosts the room and is not away"),
        (("who: fan.c, do: consent, captions: true",), "a listener of 'first' may not consent"),
        (("who: fan.c, do: pin, text: Mine",), "a listener of 'first' may not pin"),
        (("who: fan.c, do: react, reaction: '✋'",), "by its rules, not ✋"),
    ],
    ids=lambda part: part if isinstance(part, str) else part[0].split(", ", 1)[1],
)  # fmt: skip
def test_what_cannot_happen_by_todays_rules_is_told(beats: tuple[str, ...], says: str) -> None:
    timed = (f'{{at: "0:{10 + 10 * n}", {beat}, room: first}}' for n, beat in enumerate(beats))
    assert says in said_of(evening(*timed))


def test_a_room_is_taken_over_once_its_host_is_waited_for() -> None:
    """A place is kept for 6 s of wall time, 36 s of this evening."""
    dropped = '{at: "0:10", who: host.a, do: drop}'
    for at, early in (("0:45", True), ("0:46", False)):
        text = evening(
            dropped,
            f'{{at: "{at}", who: speaker.b, do: take_over}}',
            '{at: "0:50", who: speaker.b, do: end}',
        )
        if early:
            assert "'host.a' is kept until 0:46; take over after that" in said_of(text)
        else:
            assert parse(text)


def test_questions_are_asked_in_a_blueroom() -> None:
    asks = '{at: "0:10", who: fan.d, do: ask, text: So, room: second}'
    joins = '{at: "0:08", who: fan.d, do: join, room: second}'
    assert "questions are asked in a blueroom" in said_of(evening(joins, asks))


def test_a_host_who_is_in_another_room_is_not_away() -> None:
    goes = (
        '{at: "0:10", who: host.a, do: drop}',
        '{at: "0:12", who: host.a, do: join, room: second}',
    )
    takes = '{at: "0:50", who: speaker.b, do: take_over, room: first}'
    assert "is not away then" in said_of(evening(*goes, takes))


def test_a_dropped_speaker_s_place_is_given_up_in_time() -> None:
    drop = '{at: "0:10", who: speaker.b, do: drop}'
    assert parse(evening(drop, '{at: "0:45", who: speaker.b, do: mute, room: first}'))
    gone = said_of(evening(drop, '{at: "0:46", who: speaker.b, do: mute, room: first}'))
    assert "'speaker.b' is not in 'first' yet" in gone


def test_a_room_says_of_itself_what_the_server_would_take() -> None:
    says = "description: A talk, topics: [kpop, films], hashtag: '#Ask_A', recording: true,"
    found = parse(evening(room=says + " speak: everyone,")).room("first")
    assert (found.topics, found.hashtag, found.recording) == (("kpop", "films"), "#Ask_A", True)
    assert "more than 3 entries" in said_of(evening(room="topics: [a, b, c, d],"))
    assert "one word after a '#'" in said_of(evening(room="hashtag: Ask,"))


AS_THE_CORE = {
    "lock": "lock", "unlock": "lock",
    **{do: do for do in set(PERMITTED) & set(MESSAGES) - {"say"}},
}  # fmt: skip
"""Beats that are commands of the wire. A line may be tried without a seat (``unheard``)."""


@pytest.mark.parametrize("do", sorted(AS_THE_CORE))
def test_the_walk_permits_what_the_core_permits(do: str) -> None:
    states, standings = PERMITTED[do]
    row = TABLE[MESSAGES[AS_THE_CORE[do]]]
    assert set(states.split()) == row.states
    assert set(standings) == {standing[0] for standing in row.standings}


def test_every_beat_is_in_the_walk_s_table() -> None:
    forms = get_args(get_args(Beat)[0])
    done = {do for form in forms for do in get_args(form.model_fields["do"].annotation)}
    assert done == set(PERMITTED)
    assert {"mute_all", "who_may_speak", "remove", "take_over", "pin"} <= set(AS_THE_CORE)


def test_longer_lines_take_longer() -> None:
    assert spoken_seconds("안녕하세요") < spoken_seconds("안녕하세요, 반갑습니다")
    assert 1 < spoken_seconds("Hello there, all of you") < 3
    assert parse(SMALL).beats[2].who == "host.a"
