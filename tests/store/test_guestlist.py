from afterparty.store.guestlist import PAGE, GuestList
from afterparty.store.ops import Enter, Leave, Move, Op
from afterparty.store.presence import Presence
from afterparty.store.servers import Client


async def test_guests_come_in_pages(redis: Client) -> None:
    presence, guests = Presence(redis), GuestList(redis)
    names = {f"m{n}" for n in range(5 * PAGE)}
    await presence.apply("s", [Enter(f"c-{m}", "n", m, "r") for m in sorted(names)])
    found, cursor, pages = {}, 0, 0
    while pages == 0 or cursor:
        page, cursor = await guests.page("s", "r", cursor)
        found |= page
        pages += 1
    assert found == {name: [f"c-{name}"] for name in names}
    assert pages > 3
    assert await guests.page("s", "nobody") == ({}, 0)


async def test_a_name_goes_with_its_connection_wherever_that_is(redis: Client) -> None:
    presence, guests = Presence(redis), GuestList(redis)
    ops: list[Op] = [
        Enter("c1", "n", "m", "a", name="Mina 미나"),
        Enter("c2", "n", "m", "a", name="Other"),
        Enter("c3", "n", "plain", "a"),
        Enter("c4", "gone", "k", "a", name="Kay"),
    ]
    await presence.apply("s", ops)
    conns = ["c1", "c2", "c3", "c4", "unknown"]
    assert await guests.names("s", conns) == ["Mina 미나", "Other", None, "Kay", None]
    assert (await guests.page("s", "a"))[0] == {"m": ["c1", "c2"], "plain": ["c3"], "k": ["c4"]}
    await presence.apply("s", [Move("m", "a", "b"), Leave("c2")])
    await presence.evict("s", "gone")
    assert await guests.names("s", conns) == ["Mina 미나", None, None, None, None]
    await presence.apply("s", [Leave("c1"), Leave("c3")])
    assert not await redis.exists("ap:{s}:names")
    assert await guests.names("s", []) == []
