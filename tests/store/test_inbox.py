import asyncio
import json

import pytest

from afterparty.store.inbox import (
    MAX_MOVES,
    BusEvent,
    CountsChanged,
    Inbox,
    LogGrew,
    Message,
    Moved,
    QuestionsChanged,
    Resync,
    parse,
)
from afterparty.store.ops import Counts

ONE, TWO = Counts(1, 1, 1, 1), Counts(2, 2, 2, 2)
MOVE = Moved("n", ("c1", "c2"))


async def everything(inbox: Inbox) -> list[BusEvent]:
    inbox.put(Message(b"the end"))
    events = []
    async for event in inbox:
        if event == Message(b"the end"):
            return events
        events.append(event)
    raise AssertionError


async def test_of_logs_and_counts_the_latest_is_kept_for_each_room() -> None:
    inbox = Inbox(limit=4)
    for version in (1, 3, 2):
        inbox.put(LogGrew("a", version))
    inbox.put(LogGrew("b", 7))
    inbox.put(CountsChanged("a", ONE))
    inbox.put(CountsChanged("a", TWO))
    for room in ("a", "b", "a"):
        inbox.put(QuestionsChanged(room))
    assert await everything(inbox) == [
        LogGrew("a", 3),
        LogGrew("b", 7),
        CountsChanged("a", TWO),
        QuestionsChanged("a"),
        QuestionsChanged("b"),
    ]


async def test_the_oldest_messages_are_lost_and_counted() -> None:
    inbox = Inbox(limit=3)
    for n in range(5):
        inbox.put(Message(b"%d" % n))
    assert inbox.lost == 2
    assert await everything(inbox) == [Message(b"3"), Message(b"4")]
    assert inbox.lost == 3


async def test_too_many_moves_become_a_resync() -> None:
    inbox = Inbox(limit=1)
    for _ in range(MAX_MOVES):
        inbox.put(MOVE)
    assert await everything(inbox) == [MOVE] * MAX_MOVES
    for _ in range(MAX_MOVES + 1):
        inbox.put(MOVE)
    inbox.put(MOVE)
    assert await everything(inbox) == [Resync(), MOVE]


async def test_who_waits_is_woken() -> None:
    inbox = Inbox(limit=1)
    waiting = asyncio.ensure_future(inbox.get())
    await asyncio.sleep(0)
    inbox.put(Resync())
    assert await waiting == Resync()


def test_what_the_scripts_send_is_understood() -> None:
    news: dict[str, object] = {"counts": ["a", 1, 1, 1, 1, 0]}
    assert parse(b"P" + json.dumps(news).encode()) == [CountsChanged("a", ONE)]
    news["moves"] = {"n": ["c1", "c2"]}
    assert parse(b"P" + json.dumps(news).encode()) == [MOVE, CountsChanged("a", ONE)]
    assert parse(b"L12 room") == [LogGrew("room", 12)]
    assert parse(b"T\x00any") == [Message(b"\x00any")]


@pytest.mark.parametrize("alien", [b"", b"X", b"L", b"Lx r", b"P", b"P{}", b"P[1]", b"L\xff"])
def test_what_is_not_ours_is_refused(alien: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        parse(alien)
