"""Webhooks of one node, told to a real server that behaves well, badly, or not at all."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.node.conftest import HOST, House, open_house
from tests.receiver import Receiver, receiving

from afterparty.core import commands as c
from afterparty.core.model import Person, RoomKind, Show
from afterparty.node.abroad import deliveries, webhooks
from afterparty.node.abroad.deliveries import PATIENCE_SECONDS
from afterparty.node.ground.refused import Refused
from afterparty.store.webhooks import Standing
from afterparty.wire.webhooks import CreateWebhook, WebhookMade

ADMIN = Person("admin", "admin")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "BACKOFF", (0.02, 0.2))


async def made(house: House, url: str, **more: Any) -> WebhookMade:
    """A webhook, and this node tells it."""
    found = await house.node.webhooks.add(CreateWebhook(url=url, **more), ADMIN)
    assert found.secret.startswith("whsec_")
    return found


async def ask(house: House, *members: str, room: str = "pre") -> None:
    """Have something happen: two events for each of them."""
    for member in members:
        person = Person(member, member)
        await house.node.rooms.execute(room, c.RequestToSpeak(person))
        await house.node.rooms.execute(room, c.WithdrawRequest(person))


async def standing(house: House, webhook: str, true: Callable[[Standing], bool]) -> Standing:
    """Wait until a webhook stands like that."""
    while True:
        found = await house.node.store.webhooks.standing(webhook)
        if true(found):
            return found


async def test_a_webhook_is_told_what_happens_from_now_on(house: House, receiver: Receiver) -> None:
    await ask(house, "before")
    hook = await made(house, receiver.url)
    await ask(house, "after")
    await ask(house, "there", room="post")
    await receiver.until(lambda r: len(r.told) == 4)
    receiver.check(hook.secret)
    assert receiver.types() == ["speak_requested", "request_dropped"] * 2
    first = receiver.told[0].body
    room = house.node.rooms.room("pre")
    assert first["sequence"] == 1
    assert (first["show"], first["room"]) == ("show", "pre")
    assert first["event"]["person"]["member"] == "after"
    assert first["number"] == room.version - 1
    await standing(house, hook.webhook, lambda s: s == Standing(delivered=4))
    assert house.node.webhooks.oldest() == 0.0


async def test_a_room_that_is_made_later_is_told_from_its_beginning(
    house: House, receiver: Receiver
) -> None:
    hook = await made(house, receiver.url)
    await house.node.create_show(Show("sim", "A simulation", simulated=True, created_by="host"))
    for show in ("show", "sim"):
        room = c.CreateRoom(HOST, f"{show}-third", show, RoomKind.SPACE, "Third")
        await house.node.rooms.create_room(room)
    await receiver.until(lambda r: r.types().count("room_created") == 2)
    receiver.check(hook.secret)
    simulated = {body["show"]: body["simulated"] for body in receiver.good}
    assert simulated == {"show": False, "sim": True}


async def test_only_what_was_asked_for_is_told(house: House, receiver: Receiver) -> None:
    await house.node.create_show(Show("other", "Another", created_at=1.0, created_by="host"))
    room = c.CreateRoom(HOST, "elsewhere", "other", RoomKind.SPACE, "Elsewhere")
    await house.node.rooms.create_room(room)
    hook = await made(house, receiver.url, show="show", events=["room_ended", "room_opened"])
    await house.node.rooms.execute("elsewhere", c.OpenRoom(HOST))
    await ask(house, "fan")
    await house.node.rooms.execute("pre", c.EndRoom(HOST))
    await ask(house, "late", room="post")
    await house.node.rooms.execute("post", c.EndRoom(HOST))
    await receiver.until(lambda r: len(r.told) == 2)
    receiver.check(hook.secret)
    assert [(b["room"], b["type"], b["sequence"]) for b in receiver.good] == [
        ("pre", "room_ended", 1),
        ("post", "room_ended", 2),
    ]
    # What was passed over is written down too: it need not be read again.
    version = house.node.rooms.version("pre")
    assert (await house.node.store.webhooks.cursors(hook.webhook))["pre"] == version


async def test_a_receiver_that_fails_is_told_again_in_order(
    house: House, receiver: Receiver
) -> None:
    receiver.answers = [500, "close", None, 503, "flood", "nonsense\r\n\r\n", 302, 204]
    hook = await made(house, receiver.url)
    await ask(house, "one", "two")
    await receiver.until(lambda r: len(r.good) == 4)
    receiver.check(hook.secret)
    assert [body["sequence"] for body in receiver.good] == [1, 2, 3, 4]
    assert len(receiver.told) == 9
    assert (await house.node.webhooks.one(hook.webhook)).url == receiver.url


async def test_how_a_failing_one_stands_can_be_read(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "BACKOFF", (600.0, 600.0))
    receiver.always = 500
    hook = await made(house, receiver.url)
    assert (hook.failing_since, hook.next_try, hook.disabled) == (None, None, None)
    await ask(house, "fan")
    await standing(house, hook.webhook, lambda s: s.failures == 1)
    found = await house.node.webhooks.one(hook.webhook)
    assert found.failing_since is not None
    assert found.next_try is not None
    assert 299 < found.next_try - found.failing_since < 601
    assert (found.delivered, found.failures, found.disabled) == (0, 1, None)
    assert house.node.webhooks.oldest() > 0
    assert "secret" not in found.model_dump()


async def test_who_says_that_it_is_gone_is_told_nothing_more(
    house: House, receiver: Receiver
) -> None:
    receiver.answers = [None, 410]
    hook = await made(house, receiver.url)
    await ask(house, "fan", "another")
    await standing(house, hook.webhook, lambda s: s.disabled == "gone")
    await ask(house, "late")
    (found,) = await house.node.webhooks.all()
    assert (found.disabled, found.delivered) == ("gone", 1)
    assert len(receiver.told) == 2


async def test_who_fails_for_days_is_told_nothing_more(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PATIENCE_SECONDS == 5 * 86400
    monkeypatch.setattr(deliveries, "PATIENCE_SECONDS", 0.0)
    receiver.always = 500
    hook = await made(house, receiver.url)
    await ask(house, "fan")
    await standing(house, hook.webhook, lambda s: s.disabled == "failing")
    assert len(receiver.told) == 1


async def test_who_is_thrown_away_is_told_nothing_more(house: House, receiver: Receiver) -> None:
    receiver.always = 500
    hook = await made(house, receiver.url)
    await ask(house, "fan")
    await receiver.until(lambda r: len(r.told) >= 2)
    await house.node.webhooks.drop(hook.webhook)
    assert house.node.webhooks.held() == 0
    told = len(receiver.told)
    await ask(house, "another")
    assert len(receiver.told) == told
    for missing in (house.node.webhooks.drop, house.node.webhooks.one):
        with pytest.raises(Refused, match="no_such_webhook"):
            await missing(hook.webhook)


async def test_a_slow_one_holds_up_no_other(house: House, receiver: Receiver) -> None:
    async with receiving() as slow:
        slow.always = "hang"
        await made(house, slow.url)
        hook = await made(house, receiver.url)
        await ask(house, "fan")
        await receiver.until(lambda r: len(r.good) == 2)
        await slow.until(lambda r: len(r.told) == 1)
        receiver.check(hook.secret)


async def test_more_than_one_page_and_more_rooms_than_are_read_at_once(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "PAGE", 3)
    monkeypatch.setattr(deliveries, "ROOMS_AT_ONCE", 1)
    receiver.answers = [500] * 5
    hook = await made(house, receiver.url)
    await ask(house, *(f"a{n}" for n in range(5)))
    await ask(house, *(f"b{n}" for n in range(5)), room="post")
    await receiver.until(lambda r: len(r.good) == 20)
    receiver.check(hook.secret)
    for room in ("pre", "post"):
        numbers = [body["number"] for body in receiver.good if body["room"] == room]
        assert numbers == sorted(numbers)


async def test_another_node_goes_on_where_this_one_stopped(
    receiver: Receiver, tmp_path: Path
) -> None:
    receiver.answers = [None, 500, 500]
    async with open_house(tmp_path / "data") as house:
        hook = await made(house, receiver.url)
        await ask(house, "fan")
        await receiver.until(lambda r: len(r.told) >= 3)
        await house.node.webhooks.release()
        told = len(receiver.told)
        await ask(house, "meanwhile")
        assert len(receiver.told) == told
        assert house.node.webhooks.held() == 0
        # As if another: it takes what nobody holds, and knows nothing but what the store does.
        another = webhooks.Webhooks(
            "another",
            house.node.store.webhooks,
            house.node.rooms,
            house.node.measures,
            house.node.tasks,
            private=True,
        )
        house.node.tasks.keep("another's webhooks", another.run)
        await receiver.until(lambda r: len(r.good) == 4)
        receiver.check(hook.secret)
        assert [b["sequence"] for b in receiver.good] == [1, 2, 3, 4]


async def test_there_are_so_many_and_no_more(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("afterparty.store.webhooks.MOST", 2)
    for _ in range(2):
        await made(house, receiver.url)
    with pytest.raises(Refused, match="too_many_webhooks"):
        await made(house, receiver.url)
    assert len(await house.node.webhooks.all()) == 2


async def test_a_private_network_is_for_those_who_allow_it(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data", private_webhooks=False) as house:
        house.node.webhooks._private = False
        with pytest.raises(Refused, match="bad_webhook"):
            await made(house, "http://127.0.0.1:1/")
