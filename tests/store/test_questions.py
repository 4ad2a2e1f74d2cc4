"""Questions against a real server; and against a model, whatever order things come in."""

import asyncio
import itertools
from dataclasses import dataclass, field
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from afterparty.store.bus import Bus
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.errors import StoreError
from afterparty.store.inbox import QuestionsChanged, Resync
from afterparty.store.questions import (
    ASKED_LIMIT,
    CHUNK,
    OPEN_LIMIT,
    VOTES_LIMIT,
    Came,
    Open,
    Questions,
    Vote,
)
from afterparty.store.servers import Client, client


def given_to(question: str, *members: str, back: bool = False) -> list[Vote]:
    """Votes for a question."""
    return [Vote("r", question, member, not back) for member in members]


async def asked(questions: Questions, *names: str, member: str = "asker") -> None:
    """Open questions, each a second after the other."""
    for at, name in enumerate(names):
        body = f"{name}?|".encode()
        assert await questions.ask("s", "r", name, f"{member}-{at}", at, body) is Came.DONE


async def test_questions_are_listed_by_votes_and_by_age(redis: Client) -> None:
    questions = Questions(redis)
    await asked(questions, "q1", "q2", "q3")
    assert (
        await questions.vote("s", given_to("q2", "a", "b") + given_to("q3", "a")) == [Came.DONE] * 3
    )
    total, found = await questions.listed("s", "r", 10)
    assert (total, found) == (
        3,
        [Open("q2", b"q2?|", 2), Open("q3", b"q3?|", 1), Open("q1", b"q1?|", 0)],
    )
    total, found = await questions.listed("s", "r", 2, "new")
    assert (total, [one.question for one in found]) == (3, ["q3", "q2"])
    total, found = await questions.listed("s", "r", 1, without=["q2", "unknown"])
    assert (total, [one.question for one in found]) == (2, ["q3"])
    assert await questions.listed("s", "empty", 10) == (0, [])
    assert await questions.find("s", "r", "q2") == Open("q2", b"q2?|", 2)
    assert await questions.find("s", "r", "q9") is None


async def test_a_member_votes_once_and_not_for_their_own(redis: Client) -> None:
    questions = Questions(redis)
    await asked(questions, "q")
    votes = [
        *given_to("q", "a", "a"),
        *given_to("q", "b", back=True),
        *given_to("q", "a", back=True),
        *given_to("q", "asker-0"),
        *given_to("unknown", "a"),
    ]
    assert await questions.vote("s", votes) == [1, 0, 0, 1, -2, -1]
    assert await questions.find("s", "r", "q") == Open("q", b"q?|", 0)


async def test_many_votes_at_once_are_counted_exactly(redis: Client) -> None:
    questions = Questions(redis)
    await asked(questions, "q")
    crowd = [f"m{n}" for n in range(CHUNK + 7)]
    once, again = await asyncio.gather(
        *(questions.vote("s", given_to("q", *crowd)) for _ in range(2))
    )
    assert [one + two for one, two in zip(once, again, strict=True)] == [1] * len(crowd)
    found = await questions.find("s", "r", "q")
    assert found is not None
    assert found.votes == len(crowd)


async def test_what_is_open_no_more_has_no_votes(redis: Client) -> None:
    questions = Questions(redis)
    await asked(questions, "q")
    await questions.vote("s", given_to("q", "a"))
    assert await questions.drop("s", "r", "q")
    assert not await questions.drop("s", "r", "q")
    assert await questions.vote("s", given_to("q", "b")) == [Came.NO_QUESTION]
    assert await questions.listed("s", "r", 10) == (0, [])
    assert await redis.keys("*") == [b"ap:{s}:voting:r"]


async def test_a_member_asks_and_votes_for_so_many(redis: Client) -> None:
    questions = Questions(redis)

    async def ask(number: int) -> Came:
        return await questions.ask("s", "r", f"q{number}", "m", number, b"?")

    assert [await ask(n) for n in range(ASKED_LIMIT + 1)] == [1] * ASKED_LIMIT + [Came.TOO_MANY]
    assert await ask(0) is Came.UNCHANGED
    await questions.drop("s", "r", "q3")
    assert [await ask(n) for n in (8, 9)] == [Came.DONE, Came.TOO_MANY]

    await asked(questions, *(f"o{n:03}" for n in range(VOTES_LIMIT + 1)))
    votes = [Vote("r", f"o{n:03}", "m", True) for n in range(VOTES_LIMIT + 1)]
    assert await questions.vote("s", votes) == [1] * VOTES_LIMIT + [Came.TOO_MANY]
    assert await questions.vote("s", [*given_to("o000", "m", back=True), votes[-1]]) == [1, 1]


async def test_a_room_has_so_many_open(redis: Client) -> None:
    questions = Questions(redis)
    many = {f"x{n}": "m|" for n in range(OPEN_LIMIT)}
    await redis.hset("ap:{s}:questions:r", mapping=many)
    assert await questions.ask("s", "r", "q", "m", 1, b"?") is Came.FULL
    await redis.hdel("ap:{s}:questions:r", "x7")
    assert await questions.ask("s", "r", "q", "m", 1, b"?") is Came.DONE


async def test_changes_are_told_once_for_a_room(redis: Client) -> None:
    questions = Questions(redis)
    async with Bus(redis) as bus, bus.listen("s") as inbox, asyncio.timeout(10):
        assert await inbox.get() == Resync()
        await asked(questions, "q")
        assert await inbox.get() == QuestionsChanged("r")
        await questions.vote("s", given_to("q", "a", "b", "c"))
        assert await inbox.get() == QuestionsChanged("r")
        await questions.vote("s", given_to("q", "a"))  # no change, and no news
        await questions.drop("s", "r", "q")
        assert await inbox.get() == QuestionsChanged("r")
        await bus.publish("s", b"the end")
        assert not isinstance(await inbox.get(), QuestionsChanged)


@pytest.mark.parametrize("name", ["", "a b", "ü", "x" * 129])
async def test_what_is_no_identity_is_refused(redis: Client, name: str) -> None:
    questions = Questions(redis)
    with pytest.raises(StoreError, match="bad_id"):
        await questions.vote("s", given_to(name, "a"))
    with pytest.raises(StoreError, match="bad_id"):
        await questions.ask("s", "r", "q", name, 1, b"?")
    with pytest.raises(StoreError, match="bad_id"):
        await questions.listed("s", "r", 1, without=[name])


MEMBERS, QUESTIONS = ["m0", "m1", "m2"], ["q0", "q1", "q2"]
members, names = st.sampled_from(MEMBERS), st.sampled_from(QUESTIONS)
asks = st.tuples(st.just("ask"), names, members)
votes = st.tuples(st.sampled_from(["vote", "unvote"]), names, members)
drops = st.tuples(st.sampled_from(["hide", "pick"]), names, st.just(""))
steps = st.lists(st.one_of(asks, votes, votes, votes, drops), min_size=1, max_size=40)


@dataclass
class Model:
    """The rules, in a few lines."""

    askers: dict[str, str] = field(default_factory=dict)
    voters: dict[str, set[str]] = field(default_factory=dict)

    def take(self, what: str, question: str, member: str) -> int:
        """One step; what should come of it."""
        if what == "ask":
            if question in self.askers:
                return 0
            self.askers[question], self.voters[question] = member, set()
            return 1
        if question not in self.askers:
            return -1 if member else 0
        voters = self.voters[question]
        if not member:
            del self.askers[question], self.voters[question]
            return 1
        if what == "vote" and self.askers[question] == member:
            return -2
        changes = (member in voters) is (what == "unvote")
        voters.symmetric_difference_update({member} if changes else set())
        return int(changes)


async def take(questions: Questions, show: str, what: str, question: str, member: str) -> int:
    """The same step, by the store."""
    if what == "ask":
        return await questions.ask(show, "r", question, member, QUESTIONS.index(question), b"?")
    if member:
        (came,) = await questions.vote(show, [Vote("r", question, member, what == "vote")])
        return came
    return await questions.drop(show, "r", question)


def test_votes_keep_to_the_model(tmp_path: Path, binary: Path) -> None:
    embedded, shows = EmbeddedStore(tmp_path / "data", binary), itertools.count()
    with asyncio.Runner() as runner:
        redis = client(runner.run(embedded.start()))
        questions = Questions(redis)

        async def compare(show: str, model: Model) -> None:
            expected = [Open(q, b"?", len(v)) for q, v in sorted(model.voters.items())]
            expected.sort(key=lambda one: -one.votes)
            assert await questions.listed(show, "r", 10) == (len(expected), expected)
            for question, voters in model.voters.items():
                kept = await redis.smembers(f"ap:{{{show}}}:voters:r:{question}")
                assert {member.decode() for member in kept} == voters

        @settings(
            max_examples=80, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(steps)
        def run(found: list[tuple[str, str, str]]) -> None:
            show, model = f"s{next(shows)}", Model()
            for step in found:
                assert runner.run(take(questions, show, *step)) == model.take(*step), step
                runner.run(compare(show, model))

        @settings(
            max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(steps)
        def run_at_once(found: list[tuple[str, str, str]]) -> None:
            """In whatever order the server takes them, what is kept agrees with itself."""
            show = f"s{next(shows)}"

            async def at_once() -> None:
                await asyncio.gather(*(take(questions, show, *step) for step in found))
                total, listed = await questions.listed(show, "r", 10)
                assert total == len(listed)
                for one in listed:
                    voters = await redis.scard(f"ap:{{{show}}}:voters:r:{one.question}")
                    assert one.votes == voters <= len(MEMBERS)
                left = {key.decode() for key in await redis.keys(f"ap:{{{show}}}:voters:*")}
                names = {f"ap:{{{show}}}:voters:r:{one.question}" for one in listed}
                assert left <= names, "votes of what is not there"

            runner.run(at_once())

        try:
            runner.run(redis.config_set("appendfsync", "no"))  # none of it is about the disk
            run()
            run_at_once()
        finally:
            runner.run(redis.aclose())
            runner.run(embedded.stop())
