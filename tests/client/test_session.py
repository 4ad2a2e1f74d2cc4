"""A member's session against a real server: commands, state, sound, handoffs, drops."""

import asyncio

import numpy as np
import pytest
from tests.client.conftest import Evening, Join

from afterparty.client.errors import Lost, Refused
from afterparty.client.mouth import Mouth
from afterparty.client.session import Session
from afterparty.wire.bodies import CreateRoom
from afterparty.wire.messages import RoomEvent, ToClient

pytestmark = pytest.mark.timeout(30)


async def test_coming_in_and_being_counted(evening: Evening, join: Join) -> None:
    host = await join()
    fan = await join(None)
    assert (host.role, fan.role) == ("host", "listener")
    assert fan.welcome.you.anonymous
    assert fan.room.room == evening.main
    await host.until(lambda s: s.counts[evening.main].participants == 2)
    await fan.close()
    await host.until(lambda s: s.counts[evening.main].participants == 1)
    assert fan.state == "over"


async def test_not_let_in(evening: Evening) -> None:
    with pytest.raises(Refused) as caught:
        await Session.join(evening.url, "no token", evening.main)
    assert caught.value.code == "bad_token"
    with pytest.raises(Refused) as caught:
        await Session.join(evening.url, evening.token, "nowhere")
    assert caught.value.code == "no_such_room"


async def test_commands_change_the_room_for_everybody(evening: Evening, join: Join) -> None:
    told: list[ToClient] = []
    host, fan = await join(), await join("fan", on_message=told.append)
    await fan.command("request")
    await host.until(lambda s: [p.member for p in s.room.requests] == ["fan"])
    number = await host.command("accept", member="fan")
    await fan.until(lambda s: s.role == "speaker")
    await fan.command("unmute")
    await fan.command("consent", captions=True)
    await fan.command("say", text="A question")
    await host.until(lambda s: [line.text for line in s.room.captions] == ["A question"])
    assert fan.room.number == number + 3
    assert fan.room == (await evening.api.room(evening.main)).room
    kinds = [message.event["type"] for message in told if isinstance(message, RoomEvent)]
    assert kinds == [
        "speak_requested",
        "seat_taken",
        "mute_changed",
        "captions_consent",
        "line_said",
    ]


async def test_refusals_name_their_reason(join: Join) -> None:
    fan = await join("fan")
    for command, code in (("unmute", "not_permitted"), ("accept_invitation", "not_invited")):
        with pytest.raises(Refused) as caught:
            await fan.command(command)
        assert caught.value.code == code
    assert fan.state == "joined"


async def test_leaving_and_the_rooms_end(evening: Evening, join: Join) -> None:
    host, fan, other = await join(), await join("fan"), await join("other")
    await fan.leave()
    assert (fan.state, fan.drops) == ("over", 0)
    with pytest.raises(Lost):
        await fan.command("request")
    await evening.api.command(evening.main, "end")
    assert (await host.wait_over()).code == "room_over"
    assert (await other.wait_over()).code == "room_over"
    with pytest.raises(Lost):
        await other.until(lambda s: False)


async def test_a_handoff_keeps_socket_and_sound(evening: Evening, join: Join) -> None:
    host, fan, stays = await join(), await join("fan"), await join("stays")
    await host.command("unmute")
    await host.listen()
    peer = await fan.listen()
    n = np.arange(48_000 * 8)
    tone = (8000 * np.sin(2 * np.pi * 700 * n / 48_000)).astype(np.int16)
    assert host.peer is not None
    speaking = asyncio.create_task(Mouth().say(host.peer, tone))
    await fan.until(lambda s: "host" in s.speaking)
    await evening.api.command(evening.after, "unmute")
    await host.command("offer_handoff", to_room=evening.after, seconds=0.5)
    await stays.until(lambda s: s.room.handoff is not None)
    await stays.stay()
    await fan.until(lambda s: bool(s.moves))
    assert fan.room.room == evening.after
    assert fan.moves[0].from_room == evening.main
    await host.until(lambda s: bool(s.moves))
    await fan.until(lambda s: "host" in s.speaking)
    await stays.until(lambda s: s.room.handoff is not None and s.room.handoff.tally is not None)
    assert stays.room.room == evening.main
    tally = stays.room.handoff.tally
    assert (tally.offered, tally.moved, tally.declined, tally.lost) == (3, 2, 1, 0)
    speaking.cancel()
    assert fan.peer is peer
    stats = peer.stats().reception
    assert (stats.missing, stats.ssrc_changes, stats.backward_jumps, fan.peers_made) == (0, 0, 0, 1)


async def test_following_at_once(evening: Evening, join: Join) -> None:
    host, fan = await join(), await join("fan")
    await host.command("offer_handoff", to_room=evening.after, seconds=60)
    await fan.until(lambda s: s.room.handoff is not None)
    await fan.follow()
    await fan.until(lambda s: s.room.room == evening.after)
    assert host.room.room == evening.main


async def test_a_drop_is_taken_up_again_with_its_sound(evening: Evening, join: Join) -> None:
    told: list[ToClient] = []
    host, fan = await join(), await join("fan", on_message=told.append)
    peer = await fan.listen()
    connection = fan.welcome.connection
    fan.drop()
    await fan.until(lambda s: s.state == "reconnecting")
    number = await host.command("unmute")
    await fan.until(lambda s: s.state == "joined" and s.room.number == number)
    assert (fan.drops, fan.peers_made) == (1, 1)
    assert fan.welcome.resumed
    assert fan.welcome.connection == connection
    assert fan.peer is peer
    assert peer.state == "connected"
    await host.command("mute")
    await fan.until(lambda s: s.room.seats[0].muted)
    events = [message.number for message in told if isinstance(message, RoomEvent)]
    assert events == [number, number + 1]
    counts = (await evening.api.counts(evening.show)).rooms[evening.main]
    assert (counts.participants, counts.tuned_in) == (2, 2)


async def test_sound_once_and_closed_again(join: Join) -> None:
    fan = await join("fan")
    await fan.listen()
    with pytest.raises(Refused) as caught:
        await fan.listen()
    assert caught.value.code == "media_exists"
    await fan.hush()
    assert fan.peer is None
    await fan.listen()
    assert fan.peers_made == 2


async def test_closing_leaves_no_task_behind(evening: Evening, join: Join) -> None:
    before = asyncio.all_tasks()
    async with await Session.join(evening.url, evening.token, evening.main) as session:
        await session.listen()
    await session.close()
    assert asyncio.all_tasks() - before == set()


def votes(session: Session) -> list[int]:
    """Votes of the questions that a session was told of last."""
    return [one.votes for one in session.questions.questions] if session.questions else []


async def test_asking_and_voting_in_a_blueroom(evening: Evening, join: Join) -> None:
    blue = f"{evening.show}.blue"
    made = {"room": blue, "kind": "blueroom", "title": "Blue"}
    await evening.api.create_room(evening.show, CreateRoom.model_validate(made))
    await evening.api.command(blue, "open")
    tokens = [(await evening.api.token(name)).token for name in ("host", "fan")]
    host, fan = [await Session.join(evening.url, token, blue) for token in tokens]
    async with host, fan:
        await fan.until(lambda s: s.questions is not None)
        question = await fan.ask("What next?")
        await host.vote(question)
        await fan.until(lambda s: votes(s) == [1])
        await host.command("pick", question=question)
        await fan.until(lambda s: bool(s.room.picked and s.questions and not s.questions.total))
        picked = fan.room.picked
        assert picked is not None
        assert (picked.question, picked.text, picked.votes) == (question, "What next?", 1)
        await host.command("answered", question=question)
        await fan.until(lambda s: s.room.answered == [picked])
        assert fan.room == (await evening.api.room(blue)).room
        fan.drop()
        await fan.until(lambda s: s.drops == 1 and s.state == "joined" and s.questions is not None)
