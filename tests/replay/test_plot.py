"""afterparty.replay.plot and littleroom: whether the beats can happen as they are written."""

import pytest
from tests.replay.texts import SMALL, spoiled

from afterparty.replay.loading import ScenarioError, parse
from afterparty.replay.plot import spoken_seconds

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


def test_longer_lines_take_longer() -> None:
    assert spoken_seconds("안녕하세요") < spoken_seconds("안녕하세요, 반갑습니다")
    assert 1 < spoken_seconds("Hello there, all of you") < 3
    assert parse(SMALL).beats[2].who == "host.a"
