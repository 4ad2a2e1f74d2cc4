"""Notices on a real server: each account has each of them once, whoever gives it."""

import asyncio

from afterparty.store import keys
from afterparty.store.accounts import Accounts
from afterparty.store.notices import Notices
from afterparty.store.servers import Client


async def test_a_notice_is_had_once_however_many_give_it(redis: Client) -> None:
    notices = Notices(redis)
    given = [notices.add("ann", "room:soon", 5.25, b"soon", 9) for _ in range(8)]
    assert sum(await asyncio.gather(*given)) == 1
    assert await notices.read("ann", "", 9) == [b"soon"]
    assert await notices.read("bob", "", 9) == []


async def test_what_is_given_of_a_later_time_takes_the_place_of_the_earlier(redis: Client) -> None:
    notices = Notices(redis)
    await notices.add("ann", "one:soon", 5.0, b"first", 9)
    await notices.add("ann", "two:soon", 6.0, b"other", 9)
    assert await notices.add("ann", "one:soon", 7.0, b"later", 9)
    assert not await notices.add("ann", "one:soon", 6.5, b"too late", 9)
    assert await notices.read("ann", "", 9) == [b"later", b"other"]


async def test_pages_go_on_after_what_was_seen(redis: Client) -> None:
    notices = Notices(redis)
    for n in range(6):
        # Given late: they are told in the order they came, not of what they tell.
        await notices.add("ann", f"r{n}:soon", 100.0 - n, b"%d with spaces" % n, 4)
    kept = [b"%d with spaces" % n for n in range(2, 6)]
    assert await notices.read("ann", "", 9) == kept, "the newest"
    assert await notices.read("ann", "", 2) == kept[:2]
    assert await notices.read("ann", "r3:soon", 9) == kept[2:]
    assert await notices.read("ann", "r5:soon", 9) == []
    assert await notices.read("ann", "r0:soon", 9) == kept, "it is not known any more"
    assert await redis.hlen(f"{keys.account('ann')}:noticed") == 4


async def test_a_reminder_is_done_with_when_the_notice_says_so(redis: Client) -> None:
    accounts, notices = Accounts(redis), Notices(redis)
    await accounts.remind("ann", "show", "room", 5)
    await notices.add("ann", "room:soon", 1.0, b"", 9)
    assert (await accounts.lists("ann")).reminders == {"room"}
    await notices.add("ann", "room:started", 2.0, b"", 9, done="room")
    assert not (await accounts.lists("ann")).reminders


async def test_one_node_writes_at_a_time_and_all_know_when_it_is_done(redis: Client) -> None:
    notices, kind = Notices(redis), "started"
    began = await asyncio.gather(*(notices.begin("s", "r", kind, f"n{n}") for n in range(5)))
    assert sorted(began) == [False, False, False, False, True]
    await notices.go_on("s", "r", kind, f"n{began.index(True)}")
    assert await redis.pttl(keys.telling("s", "r", kind)) > 5_000
    assert await notices.begin("s", "r", "soon", "n9"), "another notice of that room"
    await redis.delete(keys.telling("s", "r", kind))  # as when a node died in the midst of it
    assert await notices.begin("s", "r", kind, "n9")
    await Accounts(redis).remind("ann", "s", "r", 5)
    await notices.finish("s", "r", "soon", last=False)
    assert await notices.reminded("s", "r") == (["ann"], 0)
    await notices.finish("s", "r", kind, last=True)
    assert await notices.reminded("s", "r") == ([], 0)
    assert await notices.begin("s", "r", kind, "n1") is None
    assert await notices.told("s") == {"r:soon", "r:started"}
    assert not await redis.exists(keys.telling("s", "r", kind))


async def test_very_many_come_in_pages(redis: Client) -> None:
    accounts, notices = Accounts(redis), Notices(redis)
    wanted = {f"fan{n}" for n in range(700)}
    await redis.sadd(f"{keys.account('star')}:followers", *wanted)
    found: set[str] = set()
    pages, cursor = 0, 0
    while pages == 0 or cursor:
        names, cursor = await notices.followers("star", cursor)
        assert len(names) < 500
        found |= set(names)
        pages += 1
    assert found == wanted
    assert pages > 1
    assert not await accounts.follows("fan1", "star")
