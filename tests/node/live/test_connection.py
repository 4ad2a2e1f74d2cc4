import asyncio

from afterparty.node.live.connection import WAITING_BYTES, WAITING_LIMIT, Outbox


async def test_messages_come_in_order_and_the_latest_replaces() -> None:
    outbox = Outbox()
    outbox.post("a")
    outbox.post_latest("counts", "1")
    outbox.post("b")
    outbox.post_latest("counts", "2")
    assert await outbox.next() == ["a", "b", "2"]


async def test_next_waits_for_something() -> None:
    outbox = Outbox()
    waiting = asyncio.create_task(outbox.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    outbox.post("a")
    assert await waiting == ["a"]


async def test_closing_comes_after_what_was_posted_and_takes_no_more() -> None:
    outbox = Outbox()
    outbox.post("last")
    outbox.close(1000, "left")
    outbox.close(4000, "too late")
    outbox.post("lost")
    assert await outbox.next() == ["last"]
    assert await outbox.next() is None
    assert outbox.closing == (1000, "left")


async def test_who_lets_messages_pile_up_is_dropped_and_nothing_grows() -> None:
    outbox = Outbox()
    for n in range(2 * WAITING_LIMIT):
        outbox.post(str(n))
        outbox.post_latest("counts", str(n))
    assert outbox.overflown
    assert await outbox.next() is None
    assert outbox.closing is None


async def test_who_lets_large_messages_pile_up_is_dropped_before_they_are_many() -> None:
    outbox, text = Outbox(), "🎙" * 20_000
    posted = 0
    while not outbox.overflown:
        outbox.post(text)
        posted += 1
    assert posted * 4 * len(text) < WAITING_BYTES + 2 * 4 * len(text)
    assert not outbox._waiting, "what nobody will be sent is not kept"
    assert await outbox.next() is None


async def test_what_was_taken_counts_no_more() -> None:
    outbox, text = Outbox(), "x" * (WAITING_BYTES // 2)
    for _ in range(4):
        outbox.post(text)
        assert await outbox.next() == [text]
    assert not outbox.overflown


async def test_counts_that_wait_are_one_however_many_were_told() -> None:
    outbox = Outbox()
    for n in range(10 * WAITING_LIMIT):
        outbox.post_latest("counts", str(n) * 1000)
    assert not outbox.overflown
    assert len(await outbox.next() or ()) == 1
