"""What accounts list, on a real server: bounded, each its own, and found from the other side."""

import asyncio

import pytest

from afterparty.store.accounts import Accounts, Lists
from afterparty.store.catalog import Catalog
from afterparty.store.errors import StoreError
from afterparty.store.notices import Notices
from afterparty.store.servers import Client

NOTHING: frozenset[str] = frozenset()


async def test_each_list_of_each_account_is_its_own(redis: Client) -> None:
    accounts = Accounts(redis)
    assert await accounts.lists("ann") == Lists(NOTHING, NOTHING, NOTHING, NOTHING)
    assert await accounts.follow("ann", "bob", 5)
    assert await accounts.block("ann", "cleo", 5)
    assert await accounts.remind("ann", "show", "room", 5)
    assert await accounts.follow_series("ann", "talks", 5)
    found = await accounts.lists("ann")
    assert found == Lists(*(frozenset({name}) for name in ("bob", "cleo", "room", "talks")))
    assert await accounts.lists("bob") == Lists(NOTHING, NOTHING, NOTHING, NOTHING)
    assert await accounts.follows("ann", "bob")
    assert not await accounts.follows("bob", "ann"), "to follow is not to be followed"
    assert await accounts.blocks("ann") == {"cleo"}


async def test_what_is_listed_is_found_from_the_other_side_until_it_is_not(redis: Client) -> None:
    accounts, notices = Accounts(redis), Notices(redis)
    for member in ("ann", "cleo"):
        await accounts.follow(member, "bob", 5)
        await accounts.remind(member, "show", "room", 5)
        await accounts.follow_series(member, "talks", 5)
    for _ in range(2):  # the second time there is nothing left to do
        await accounts.unfollow("ann", "bob")
        await accounts.forget("ann", "show", "room")
        await accounts.unfollow_series("ann", "talks")
    assert await notices.followers("bob") == (["cleo"], 0)
    assert await notices.reminded("show", "room") == (["cleo"], 0)
    assert await notices.reminded("another", "room") == ([], 0)
    assert await notices.followers_of_series("talks") == (["cleo"], 0)
    assert await accounts.lists("ann") == Lists(NOTHING, NOTHING, NOTHING, NOTHING)


async def test_a_list_that_is_full_takes_no_more_but_what_it_has(redis: Client) -> None:
    accounts = Accounts(redis)
    assert [await accounts.block("ann", name, 2) for name in ("a", "b", "b")] == [True, True, False]
    with pytest.raises(StoreError) as refused:
        await accounts.block("ann", "c", 2)
    assert refused.value.code == "list_full"
    assert await accounts.block("ann", "a", 2) is False
    assert await accounts.unblock("ann", "a")
    assert not await accounts.unblock("ann", "a")
    assert await accounts.block("ann", "c", 2)
    with pytest.raises(StoreError):
        await accounts.follow("ann", "bob", 0)
    assert await Notices(redis).followers("bob") == ([], 0), "nobody is found who has no place"


async def test_many_that_add_at_once_do_not_pass_the_bound(redis: Client) -> None:
    accounts = Accounts(redis)
    asked = (accounts.block("ann", f"m{n}", 7) for n in range(30))
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(one is True for one in told) == 7
    assert len(await accounts.blocks("ann")) == 7


async def test_reminders_that_are_done_with_leave_room_for_others(redis: Client) -> None:
    accounts = Accounts(redis)
    for room in ("one", "two"):
        await accounts.remind("ann", "show", room, 2)
    await accounts.done("ann", "one", "never-listed")
    await accounts.done("ann")
    assert await accounts.remind("ann", "show", "three", 2)
    assert (await accounts.lists("ann")).reminders == {"two", "three"}
    everybody = (["ann"], 0)
    assert await Notices(redis).reminded("show", "one") == everybody, "its notice may be on the way"


async def test_an_account_and_a_show_of_one_name_share_nothing(redis: Client) -> None:
    await Catalog(redis).create_show("ann", b"{}")
    accounts = Accounts(redis)
    await accounts.remind("ann", "ann", "ann", 5)
    assert (await accounts.lists("ann")).reminders == {"ann"}
    assert await Catalog(redis).show("ann") == b"{}"
    for bad in ("a b", "{evil}", ""):
        with pytest.raises(StoreError) as refused:
            await accounts.follow("ann", bad, 5)
        assert refused.value.code == "bad_id"
        with pytest.raises(StoreError):
            await accounts.lists(bad)
