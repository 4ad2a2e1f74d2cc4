from afterparty.core.model import Person
from afterparty.node.access.tokens import Bearer
from afterparty.node.live.connection import Connection
from afterparty.node.live.hub import Hub, post_closing
from afterparty.wire.messages import Pong


def connection(name: str, member: str, room: str = "a") -> Connection:
    return Connection(name, Bearer(Person(member)), room, "show")


def test_connections_are_found_by_room_and_by_member() -> None:
    hub = Hub()
    one, two, three = connection("1", "m"), connection("2", "m"), connection("3", "k")
    for held in (one, two, three):
        hub.add(held)
    assert hub.in_room("a") == [one, two, three]
    assert hub.of_member("a", "m") == [one, two]
    assert hub.of_member("b", "m") == hub.in_room("b") == []
    hub.move(one, "b")
    assert (one.room, hub.of_member("a", "m"), hub.of_member("b", "m")) == ("b", [two], [one])
    hub.remove(two)
    hub.remove(two)
    assert hub.in_room("a") == [three]
    assert len(hub) == 2
    assert not hub.holds(two)
    assert hub.get("3") is three


def test_sound_is_found_by_its_session() -> None:
    hub = Hub()
    one = connection("1", "m")
    hub.add(one)
    hub.set_session(one, "1.1")
    hub.set_session(one, "1.2")
    assert hub.of_session("1.1") is None
    assert hub.of_session("1.2") is one
    hub.remove(one)
    assert hub.of_session("1.2") is None


async def test_a_broadcast_reaches_the_room_and_no_other() -> None:
    hub = Hub()
    here, there = connection("1", "m"), connection("2", "k", "b")
    hub.add(here)
    hub.add(there)
    hub.broadcast("a", Pong(ref=1, now=1.0))
    hub.broadcast_latest(["a", "b"], "x", Pong(ref=2, now=1.0))
    hub.broadcast_latest(["a", "b"], "x", Pong(ref=3, now=1.0))
    sent = await here.outbox.next()
    assert sent is not None
    assert ['"ref":1' in sent[0], '"ref":3' in sent[1]] == [True, True]
    assert len(await there.outbox.next() or []) == 1


async def test_closing_is_said_before_the_socket_closes() -> None:
    one = connection("1", "m")
    post_closing(one, 1001, "room_over", "This room is over.")
    sent = await one.outbox.next()
    assert sent is not None
    assert '"room_over"' in sent[0]
    assert await one.outbox.next() is None
    assert one.outbox.closing == (1001, "room_over")
