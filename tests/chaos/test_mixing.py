"""What happens to the sound of a room when the node that mixes it is killed or stopped."""

import asyncio
import signal
import time
from pathlib import Path

import pytest
from tests.chaos.party import LISTENERS, Party, open_party

SOUND_SECONDS = 3.0
EXACT_SECONDS = 5.0
PAUSE_SECONDS = 10.0

pytestmark = pytest.mark.timeout(300)


async def _singing(party: Party) -> int:
    """An audience on all nodes, and a singer at one that does not mix; the node that does."""
    await party.come(LISTENERS, "pre")
    mixing = await party.mixing("pre")
    at = next(number for number in party.pids if number != mixing)
    await party.speaker(at, "singer", 440)
    await party.hearing(party.here.keys())
    return mixing


async def test_a_mixing_node_that_is_killed_is_replaced(tmp_path: Path) -> None:
    async with open_party(tmp_path) as party:
        mixing = await _singing(party)
        others = [m for m in party.here if m not in party.of_node(mixing) and m != "singer"]
        party.mark()
        killed = party.kill(mixing)
        await party.heard_since(others, killed + SOUND_SECONDS)
        gaps = party.gaps(others)
        print(
            f"silent for {max(gaps):.1f} s at most, {sorted(gaps)[len(gaps) // 2]:.1f} s as a rule"
        )
        assert max(gaps) <= SOUND_SECONDS
        assert await party.mixing("pre") != mixing
        await party.exact(EXACT_SECONDS, killed)


async def test_a_node_that_was_stopped_is_no_second_mixer(tmp_path: Path) -> None:
    async with open_party(tmp_path) as party:
        mixing = await _singing(party)
        others = [m for m in party.here if m not in party.of_node(mixing) and m != "singer"]
        epoch = await party.epoch("pre")
        party.mark()
        party.signal(mixing, signal.SIGSTOP)
        stopped = time.monotonic()
        await party.heard_since(others, stopped + SOUND_SECONDS)
        assert await party.epoch("pre") > epoch
        await asyncio.sleep(stopped + PAUSE_SECONDS - time.monotonic())
        assert max(party.gaps(others)) <= SOUND_SECONDS
        party.mark()
        party.signal(mixing, signal.SIGCONT)
        again = time.monotonic()
        await party.exact(EXACT_SECONDS, again)
        await party.heard_since(party.here.keys() - {"singer"}, again + SOUND_SECONDS)
        assert await party.mixed() <= 2, "each room is mixed once"
        # Two mixers at once would be heard as ticks that come twice, or go back.
        for member in others:
            peer = party.here[member].peer
            assert peer is not None
            heard = peer.stats().reception
            assert (heard.backward_jumps, heard.duplicates, heard.ssrc_changes) == (0, 0, 0)
        assert max(party.gaps(others)) < 1.0, "nobody of another node noticed that it is back"
