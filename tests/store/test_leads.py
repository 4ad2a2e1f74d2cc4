from afterparty.store import keys
from afterparty.store.leads import CHUNK, Asked, Lead, Leads
from afterparty.store.servers import Client

HERE, THERE = "127.0.0.1:1", "127.0.0.1:2"
LONG = 60_000
ONE, BOLD = Asked(), Asked(bold=True)


async def test_the_first_to_ask_mixes_and_everybody_learns_it(redis: Client) -> None:
    leads = Leads(redis)
    first = (await leads.ask("s", "n1", HERE, LONG, {"a": ONE}))["a"]
    assert (first.node, first.address) == ("n1", HERE)
    found = await leads.ask("s", "n2", THERE, LONG, {"a": ONE, "b": ONE})
    assert found["a"] == first
    assert found["b"].node == "n2"
    assert await leads.ask("s", "n1", HERE, LONG, {"a": ONE}) == {"a": first}


async def test_a_room_is_taken_boldly_and_only_from_a_node_that_is_not_alive(redis: Client) -> None:
    leads = Leads(redis)
    held = await leads.ask("s", "n1", HERE, LONG, {"a": ONE})
    assert await leads.ask("s", "n2", THERE, LONG, {"a": BOLD}) == held
    await redis.delete(f"{keys.root('s')}:mixing:n1")
    assert await leads.ask("s", "n2", THERE, LONG, {"a": ONE}) == held
    taken = await leads.ask("s", "n2", THERE, LONG, {"a": BOLD})
    assert (taken["a"].node, taken["a"].epoch > held["a"].epoch) == ("n2", True)
    assert await leads.ask("s", "n1", HERE, LONG, {"a": BOLD}) == taken


async def test_what_is_given_up_is_free_and_its_epochs_go_on(redis: Client) -> None:
    leads = Leads(redis)
    first = await leads.ask("s", "n1", HERE, LONG, {"a": ONE, "b": ONE})
    await leads.release("s", "n2", ["a", "b", "c"])
    assert (await leads.ask("s", "n2", THERE, LONG, {"b": ONE}))["b"].node == "n1"
    await leads.release("s", "n1", ["a"])
    await leads.release("s", "n1", [])
    found = await leads.ask("s", "n2", THERE, LONG, {"a": ONE, "b": ONE})
    assert (found["a"].node, found["a"].epoch > first["a"].epoch) == ("n2", True)
    assert found["b"] == first["b"]


async def test_no_epoch_comes_twice_though_the_server_forgot(redis: Client) -> None:
    leads = Leads(redis)
    far = 1 << 50  # beyond any clock's milliseconds
    await leads.ask("s", "n1", HERE, LONG, {"a": ONE})
    # Somebody knows of a higher one: the holder stays, and is above that.
    raised = await leads.ask("s", "n2", THERE, LONG, {"a": Asked(known=far)})
    assert raised == {"a": Lead("n1", HERE, far + 1)}
    assert await leads.ask("s", "n1", HERE, LONG, {"a": ONE}) == raised
    await redis.delete(f"{keys.root('s')}:leads")
    found = await leads.ask("s", "n2", THERE, LONG, {"a": Asked(known=far + 1)})
    assert found == {"a": Lead("n2", THERE, far + 2)}
    await redis.delete(f"{keys.root('s')}:leads")
    assert (await leads.ask("s", "n3", HERE, LONG, {"a": ONE}))["a"].epoch > 1_600_000_000_000


async def test_very_many_rooms_are_asked_for(redis: Client) -> None:
    rooms = {f"r{n}": ONE for n in range(2 * CHUNK + 1)}
    found = await Leads(redis).ask("s", "n1", HERE, LONG, rooms)
    assert list(found) == list(rooms)
    assert {lead.node for lead in found.values()} == {"n1"}
