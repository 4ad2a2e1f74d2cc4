from afterparty.store import keys
from afterparty.store.leads import CHUNK, Lead, Leads
from afterparty.store.servers import Client

HERE, THERE = "127.0.0.1:1", "127.0.0.1:2"
LONG = 60_000


async def test_the_first_to_ask_mixes_and_everybody_learns_it(redis: Client) -> None:
    leads = Leads(redis)
    assert await leads.ask("s", "n1", HERE, LONG, {"a": False}) == {"a": Lead("n1", HERE, 1)}
    found = await leads.ask("s", "n2", THERE, LONG, {"a": False, "b": False})
    assert found == {"a": Lead("n1", HERE, 1), "b": Lead("n2", THERE, 1)}
    assert await leads.ask("s", "n1", HERE, LONG, {"a": False}) == {"a": Lead("n1", HERE, 1)}


async def test_a_room_is_taken_boldly_and_only_from_a_node_that_is_not_alive(redis: Client) -> None:
    leads = Leads(redis)
    await leads.ask("s", "n1", HERE, LONG, {"a": False})
    held = {"a": Lead("n1", HERE, 1)}
    assert await leads.ask("s", "n2", THERE, LONG, {"a": True}) == held
    await redis.delete(f"{keys.root('s')}:mixing:n1")
    assert await leads.ask("s", "n2", THERE, LONG, {"a": False}) == held
    assert await leads.ask("s", "n2", THERE, LONG, {"a": True}) == {"a": Lead("n2", THERE, 2)}
    assert await leads.ask("s", "n1", HERE, LONG, {"a": True}) == {"a": Lead("n2", THERE, 2)}


async def test_what_is_given_up_is_free_and_its_epochs_go_on(redis: Client) -> None:
    leads = Leads(redis)
    await leads.ask("s", "n1", HERE, LONG, {"a": False, "b": False})
    await leads.release("s", "n2", ["a", "b", "c"])
    assert (await leads.ask("s", "n2", THERE, LONG, {"b": False}))["b"].node == "n1"
    await leads.release("s", "n1", ["a"])
    await leads.release("s", "n1", [])
    found = await leads.ask("s", "n2", THERE, LONG, {"a": False, "b": False})
    assert found == {"a": Lead("n2", THERE, 2), "b": Lead("n1", HERE, 1)}


async def test_very_many_rooms_are_asked_for(redis: Client) -> None:
    rooms = {f"r{n}": False for n in range(2 * CHUNK + 1)}
    found = await Leads(redis).ask("s", "n1", HERE, LONG, rooms)
    assert list(found) == list(rooms)
    assert set(found.values()) == {Lead("n1", HERE, 1)}
