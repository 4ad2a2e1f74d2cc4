"""Votes are gathered into few steps, and everybody hears what came of theirs."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis

from afterparty.node.live.measures import Measures
from afterparty.node.talk import votes as module
from afterparty.node.talk.votes import Votes
from afterparty.store.errors import StoreError, StoreUnavailable
from afterparty.store.questions import Came, Questions, Vote


class Kept(Questions):
    """Counts steps; votes of ``own`` are refused."""

    def __init__(self) -> None:
        super().__init__(Redis())
        self.steps: list[tuple[str, int]] = []
        self.away = False

    async def vote(self, show: str, votes: Sequence[Vote]) -> list[Came]:
        if self.away:
            raise StoreUnavailable("It is away.")
        self.steps.append((show, len(votes)))
        return [Came.OWN if vote.member == "own" else Came.DONE for vote in votes]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
async def votes(kept: Kept) -> AsyncIterator[Votes]:
    found = Votes(kept, Measures())
    running = asyncio.create_task(found.run())
    yield found
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_comes_in_the_same_moment_is_one_step(kept: Kept, votes: Votes) -> None:
    members = [*(f"m{n}" for n in range(500)), "own"]
    came = await asyncio.gather(
        *(votes.cast("s", Vote("r", "q", member, True)) for member in members),
        votes.cast("other", Vote("r", "q", "m", True)),
    )
    assert came == [Came.DONE] * 500 + [Came.OWN, Came.DONE]
    assert sorted(kept.steps) == [("other", 1), ("s", 501)]
    assert await votes.cast("s", Vote("r", "q", "late", True)) is Came.DONE
    assert kept.steps[2:] == [("s", 1)]


async def test_while_the_store_is_away_each_is_told(kept: Kept, votes: Votes) -> None:
    kept.away = True
    failed = await asyncio.gather(
        *(votes.cast("s", Vote("r", "q", f"m{n}", True)) for n in range(3)), return_exceptions=True
    )
    assert [error.code for error in failed if isinstance(error, StoreError)] == [
        "store_unavailable"
    ] * 3
    kept.away = False
    assert await votes.cast("s", Vote("r", "q", "m", True)) is Came.DONE


async def test_only_so_many_wait(kept: Kept, votes: Votes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_LIMIT", 2)
    found = await asyncio.gather(
        *(votes.cast("s", Vote("r", "q", f"m{n}", True)) for n in range(3)), return_exceptions=True
    )
    assert found[:2] == [Came.DONE] * 2
    assert isinstance(found[2], StoreError)
