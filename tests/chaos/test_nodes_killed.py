"""Nodes are killed at random moments, and the counts stay exact."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from tests.chaos.party import LISTENERS, ROOMS, Party, open_party

KILLS = int(os.environ.get("AFTERPARTY_CHAOS_KILLS", "20"))
EXACT_SECONDS = 5.0
BACK_SECONDS = 15.0
HANDOFFS = 0.6
"""Share of the kills that come in the midst of a handoff."""
COMING_AND_GOING = 5


@pytest.mark.timeout(900)
async def test_counts_are_exact_however_often_a_node_is_killed(tmp_path: Path) -> None:
    async with open_party(tmp_path) as party:
        await party.come(LISTENERS, "pre")
        watching = asyncio.create_task(party.watch())
        try:
            for _ in range(KILLS):
                await _one_kill(party)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def _one_kill(party: Party) -> None:
    chance, truth, began = party.chance, len(party.here), time.monotonic()
    now = (await party.poll()).rooms
    full, other = sorted(ROOMS, key=lambda room: now[room], reverse=True)
    handing = chance.random() < HANDOFFS
    if handing:
        await party.command(full, "offer_handoff", to_room=other, seconds=1)
        await asyncio.sleep(chance.uniform(0.0, 1.8))  # so far is the handoff when a node dies
    number = chance.choice(list(party.pids))
    pid = party.pids[number]
    with_it = party.of_node(number)
    killed = party.kill(number)
    await party.vanish(chance.sample(with_it, min(COMING_AND_GOING, len(with_it))))
    took = await party.exact(EXACT_SECONDS, killed)
    back = await party.settled(BACK_SECONDS, killed)
    when = "in a handoff" if handing else "at rest"
    print(f"killed node {number} {when}: exact in {took:.1f} s, all back in {back:.1f} s")
    if handing:
        await _ledger_balances(party, full)
    party.never_more(truth, began)
    # Some leave and some come, while a node is missing.
    await party.go(chance.sample(sorted(party.here), COMING_AND_GOING))
    await party.exact(EXACT_SECONDS, time.monotonic())
    await party.come(COMING_AND_GOING, full)
    await party.exact(EXACT_SECONDS, time.monotonic())
    await party.again(number, pid)


async def _ledger_balances(party: Party, room: str) -> None:
    async with asyncio.timeout(20):
        while True:
            found = (await party.ask(lambda api: api.room(room))).room.handoff
            if found is not None and found.tally is not None:
                break
            await asyncio.sleep(0.1)
    tally = found.tally
    assert tally.offered == tally.moved + tally.declined + tally.lost, tally
    outcomes = await party.ask(lambda api: api.handoff(room, found.handoff))
    assert len(outcomes) == tally.offered
    for what in ("moved", "declined", "lost"):
        assert sum(outcome == what for outcome in outcomes.values()) == getattr(tally, what)
