"""An audience handed to another room: nobody lost, nobody twice, no gap in sound."""

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest
from tests.e2e.conftest import Counting, Evening, tone

from afterparty.client.errors import Refused
from afterparty.client.mouth import Mouth
from afterparty.client.peer import Peer
from afterparty.client.session import Session

LISTENERS = 24


@dataclass
class Poll:
    """Where everybody was, and how far somebody in the room knew the handoff to be meanwhile."""

    rooms: dict[str, list[str]]
    asked: str
    answered: str


def _phase(session: Session) -> str:
    handoff = session.room.handoff
    return handoff.phase.value if handoff else ""


async def _poll(evening: Evening, inside: Session, stop: asyncio.Event, polls: list[Poll]) -> None:
    """Ask over and over who is in which room, with no pause: nothing happens between two polls."""
    while not stop.is_set():
        asked = _phase(inside)
        rooms = (await evening.host.members(evening.show)).rooms
        assert all(len(room.members) == room.counts.participants for room in rooms.values())
        members = {name: room.members for name, room in rooms.items()}
        polls.append(Poll(members, asked, _phase(inside)))


async def test_an_audience_moves_without_a_gap(evening: Evening) -> None:
    await evening.host.command(evening.post, "open")
    host = await evening.join("host")
    await host.listen()
    await host.command("unmute")
    listeners = [await evening.join(f"fan{n}") for n in range(LISTENERS)]
    ears = [Counting() for _ in listeners]
    peers = [
        await listener.listen(lambda ear=ear: Peer(ear=ear))
        for listener, ear in zip(listeners, ears, strict=True)
    ]
    guest = await evening.join("guest", evening.post)
    await guest.listen()
    await guest.command("unmute")
    mouth, other_mouth = Mouth(), Mouth()
    async with asyncio.TaskGroup() as tasks:
        speaking = [
            tasks.create_task(mouth.say(host.peer, tone(440, 20))),
            tasks.create_task(other_mouth.say(guest.peer, tone(1000, 20))),
        ]
        await asyncio.gather(*(ear.more(20) for ear in ears))
        stop, polls = asyncio.Event(), list[Poll]()
        polling = tasks.create_task(_poll(evening, listeners[0], stop, polls))
        for peer in peers:
            peer.mark()
        await host.command("offer_handoff", to_room=evening.post, seconds=1.0)
        stayed = listeners[0]
        await stayed.stay()
        await listeners[1].follow()
        await asyncio.gather(
            *(one.until(lambda s: s.room.room == evening.post) for one in listeners[1:])
        )
        await stayed.until(lambda s: s.room.handoff.phase == "closed")
        await asyncio.gather(*(ear.more(20) for ear in ears))
        stop.set()
        await polling
        for task in speaking:
            task.cancel()
    everybody = {"host", "guest", *(f"fan{n}" for n in range(LISTENERS))}
    for poll in polls:
        times = Counter(member for members in poll.rooms.values() for member in members)
        assert times == dict.fromkeys(everybody, 1), "a member was counted twice, or not at all"
    fans = everybody - {"host", "guest"}
    divided = [poll for poll in polls if all(fans & {*found} for found in poll.rooms.values())]
    assert any(poll.asked == "offered" for poll in divided), "as when one has gone ahead"
    assert any(poll.asked != "closed" and poll.answered in ("moving", "closed") for poll in polls)
    assert any(poll.asked == "closed" for poll in polls)
    tally = stayed.room.handoff.tally
    assert (tally.offered, tally.declined, tally.lost) == (LISTENERS + 1, 1, 0)
    assert tally.offered == tally.moved + tally.declined + tally.lost
    for listener, peer in zip(listeners, peers, strict=True):
        assert listener.peer is peer
        assert listener.peers_made == 1
        reception = peer.stats().reception
        assert (reception.ssrc_changes, reception.gaps, reception.missing) == (0, 0, 0)
        if listener is not stayed:  # whose room fell silent when its host had gone
            assert reception.longest_silence_ticks <= 2


async def test_stay_and_follow_need_an_offer(evening: Evening) -> None:
    fan = await evening.join("fan")
    for answer in (fan.stay, fan.follow):
        with pytest.raises(Refused) as refused:
            await answer()
        assert refused.value.code == "no_such_handoff"


async def test_a_hand_does_not_stay_up_in_a_room_that_its_member_has_left(evening: Evening) -> None:
    await evening.host.command(evening.post, "open")
    moves, goes = await evening.join("moves"), await evening.join("goes")
    watches = await evening.join("speaker")
    for fan in (moves, goes):
        await fan.command("raise_hand")
    await watches.until(lambda s: len(s.room.hands) == 2)
    await goes.leave()
    await watches.until(lambda s: [one.member for one in s.room.hands] == ["moves"])
    await evening.host.command(evening.pre, "offer_handoff", to_room=evening.post, seconds=30)
    await watches.stay()
    await moves.until(lambda s: s.room.handoff is not None)
    await moves.follow()
    async with asyncio.timeout(20):
        await watches.until(lambda s: s.room.hands == [])
