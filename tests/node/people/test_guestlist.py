"""Who is in a room: the stage first, names where there are any, and never who is anonymous."""

import asyncio
from typing import Any

import pytest
from tests.node.conftest import HOST, House

from afterparty.core import commands as c
from afterparty.core.model import Person, Role
from afterparty.node.access.tokens import Bearer, anonymous_person, simulated_person
from afterparty.node.ground.refused import Refused
from afterparty.node.people import guestlist as module
from afterparty.node.people.guestlist import Found
from afterparty.store.errors import StoreError, StoreUnavailable
from afterparty.store.guestlist import PAGE
from afterparty.store.ops import Enter


async def come(house: House, *people: Person) -> None:
    """Let people into ``pre``."""
    for person in people:
        await house.node.members.join(Bearer(person), "pre")


async def look(house: House, wanted: str = "", limit: int = 1000) -> Found:
    """The list as it is now, whatever was read before."""
    house.node.guestlist._rolls.clear()
    return await house.node.guestlist.look("pre", wanted, limit)


def members(found: Found) -> list[str]:
    """Who is named, in order."""
    return [guest.member for guest in found.guests]


async def test_the_stage_comes_first_then_hands_then_the_others(house: House) -> None:
    rooms, zoe, ada = house.node.rooms, Person("zoe", "zoe", "Zoé"), Person("Ada", "Ada", "Ada L.")
    people = [Person(name, name) for name in ("bob", "sol", "yun")]
    await come(house, ada, *people, zoe, anonymous_person(), anonymous_person(), simulated_person())
    await come(house, HOST, zoe)  # counted once
    await rooms.execute("pre", c.Invite(HOST, "zoe", Role.SPEAKER))
    await rooms.execute("pre", c.AcceptInvitation(zoe))
    await rooms.execute("pre", c.Invite(HOST, "sol", Role.COHOST))
    await rooms.execute("pre", c.AcceptInvitation(people[1]))
    await rooms.execute("pre", c.RaiseHand(people[2]))
    found = await look(house)
    rows = [(one.member, one.name, str(one.role), one.hand) for one in found.guests]
    assert rows == [
        ("host", "Host", "host", False),
        ("sol", "sol", "cohost", False),
        ("zoe", "Zoé", "speaker", False),
        ("yun", "yun", "listener", True),
        ("Ada", "Ada L.", "listener", False),
        ("bob", "bob", "listener", False),
    ]
    assert (len(found.roll.names), found.roll.anonymous, found.more) == (6, 2, 0)
    assert found.roll.simulated == 1
    assert (await house.participants())["pre"] == 9
    found = await look(house, limit=4)
    assert (members(found), found.more) == (["host", "sol", "zoe", "yun"], 2)
    found = await look(house, limit=2)
    assert (members(found), found.more) == (["host", "sol"], 4)


async def test_handles_and_names_are_searched_in_any_case(house: House) -> None:
    await come(house, Person("Ada", "Ada", "Countess"), Person("bob", "bob", "미나"), HOST)
    anonymous = anonymous_person()
    await come(house, anonymous)
    for wanted, expected in {
        "AD": ["Ada"], " countess ": ["Ada"], "미": ["bob"], "o": ["host", "Ada", "bob"],
        "anon": [], anonymous.member: [], "nobody": [],
    }.items():  # fmt: skip
        assert members(await look(house, wanted)) == expected, wanted


async def test_who_has_gone_is_not_there_and_neither_is_an_empty_seat(house: House) -> None:
    fan = Person("fan", "fan", "Fan")
    await house.node.rooms.execute("pre", c.Invite(HOST, "fan", Role.SPEAKER))
    connection = await house.node.members.join(Bearer(fan), "pre")
    await house.node.rooms.execute("pre", c.AcceptInvitation(fan))
    assert members(await look(house)) == ["fan"], "the host has a seat and is not here"
    await house.node.members.leave(connection)
    assert members(await look(house)) == []
    with pytest.raises(Refused, match="no_such_room"):
        await house.node.guestlist.look("nowhere", "", 10)


async def test_who_was_evicted_and_is_here_after_all_has_a_name_again(house: House) -> None:
    node = house.node
    await come(house, Person("fan", "fan", "Mina"))
    assert await node.store.presence.evict("show", node.name) == 1
    assert members(await look(house)) == []
    await node.whereabouts.agree("show")
    assert [one.name for one in (await look(house)).guests] == ["Mina"]


async def test_a_large_audience_is_read_once_for_all_and_in_pieces(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = 5 * PAGE
    crowd = [
        Enter(f"c{n}", "n", f"m{n}", "pre", name=f"Name {n}" if n % 3 else "")
        for n in range(audience)
    ]
    await house.node.store.presence.apply("show", crowd)
    kept, pages = house.node.store.guestlist, 0
    page = kept.page

    async def counted(*words: Any) -> Any:
        nonlocal pages
        pages += 1
        return await page(*words)

    monkeypatch.setattr(type(kept), "page", lambda _, *words: counted(*words))
    looked = await asyncio.gather(
        *(house.node.guestlist.look("pre", wanted, 1000) for wanted in ("", "name 17", "m1") * 4)
    )
    once = pages
    assert 3 < once < 20
    everybody, some, others = looked[:3]
    assert (len(everybody.guests), everybody.more) == (1000, audience - 1000)
    wanted = {f"m{n}" for n in range(audience) if str(n).startswith("17") and n % 3}
    assert {one.member for one in some.guests} == wanted
    assert len(others.guests) + others.more == sum(str(n).startswith("1") for n in range(audience))
    assert all(one.roll is everybody.roll for one in looked)
    everybody.roll.good_until = 0.0
    await house.node.guestlist.look("pre", "", 1)
    assert pages == 2 * once, "read again when it is old"


async def test_a_search_leaves_time_for_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 10)
    turns, done = 0, asyncio.Event()

    async def watch() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    roll = module.Roll(1.0, {f"m{n}": "" for n in range(1000)})
    assert len(await module._search(roll, "m1")) == 111
    done.set()
    await watching
    assert turns >= 100


async def test_when_the_store_is_away_all_who_ask_are_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*words: Any) -> Any:
        await asyncio.sleep(0)
        raise StoreUnavailable("It is away.")

    kept = house.node.store.guestlist
    with monkeypatch.context() as patched:
        patched.setattr(type(kept), "page", lambda _, *words: lost(*words))
        found = await asyncio.gather(*(look(house) for _ in range(3)), return_exceptions=True)
        assert all(isinstance(error, StoreError) for error in found)
    assert members(await look(house)) == []
    assert house.node.tasks.faults == 0
