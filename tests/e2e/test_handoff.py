"""An audience handed to another room: nobody lost, nobody twice, no gap in sound."""

import asyncio
from collections import Counter

import pytest
from tests.e2e.conftest import Counting, Evening, tone

from afterparty.client.errors import Refused
from afterparty.client.mouth import Mouth
from afterparty.client.peer import Peer

LISTENERS = 24


async def _poll(evening: Evening, stop: asyncio.Event, polls: list[dict[str, int]]) -> None:
    """Ask over and over in how many rooms each member is."""
    while not stop.is_set():
        rooms = (await evening.host.members(evening.show)).rooms.values()
        assert all(len(room.members) == room.counts.participants for room in rooms)
        polls.append(Counter(member for room in rooms for member in room.members))


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
        stop, polls = asyncio.Event(), []
        polling = tasks.create_task(_poll(evening, stop, polls))
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
    assert len(polls) > 3
    for poll in polls:
        assert poll == dict.fromkeys(everybody, 1), "a member was counted twice, or not at all"
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
