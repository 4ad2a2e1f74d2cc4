from afterparty.store import keys
from afterparty.store.nodes import Nodes
from afterparty.store.servers import Client


async def test_what_nodes_say_is_read_until_they_take_it_back(redis: Client) -> None:
    nodes = Nodes(redis)
    assert await nodes.all() == {}
    await nodes.publish("a", b"one", 60_000)
    await nodes.publish("b", b"two", 60_000)
    await nodes.publish("a", b"three", 60_000)
    assert await nodes.all() == {"a": b"three", "b": b"two"}
    await nodes.withdraw("a")
    await nodes.withdraw("a")
    assert await nodes.all() == {"b": b"two"}


async def test_a_name_without_a_word_is_let_go_of(redis: Client) -> None:
    nodes = Nodes(redis)
    for name in ("a", "b", "c"):
        await nodes.publish(name, b"here", 60_000)
    assert 0 < await redis.pttl(keys.node_info("a")) <= 60_000
    await redis.delete(keys.node_info("a"), keys.node_info("c"))  # as when their time runs out
    assert await nodes.all() == {"b": b"here"}
    assert await redis.smembers(keys.ALL_NODES) == {b"b"}
    await nodes.publish("a", b"again", 60_000)
    assert await nodes.all() == {"a": b"again", "b": b"here"}
