import asyncio

import pytest

from afterparty.store.embedded import EmbeddedStore
from afterparty.store.errors import Conflict, Present, StoreError, StoreUnavailable
from afterparty.store.log import MAX_EVENTS, RoomLog
from afterparty.store.ops import Enter, Leave
from afterparty.store.presence import Presence
from afterparty.store.servers import Client, client


async def test_events_get_consecutive_numbers(redis: Client) -> None:
    log = RoomLog(redis)
    assert await log.version("s", "r") == 0
    assert await log.read("s", "r") == []
    assert await log.commit("s", "r", 0, [b"a", b"\x00\xff"]) == 2
    assert await log.commit("s", "r", 2, [b"c"]) == 3
    assert await log.read("s", "r") == [(1, b"a"), (2, b"\x00\xff"), (3, b"c")]
    assert await log.read("s", "r", after=1, limit=1) == [(2, b"\x00\xff")]
    assert await log.version("s", "r") == 3
    assert await log.version("s", "other") == await log.version("other", "r") == 0


@pytest.mark.parametrize("expected", [0, 1, 3])
async def test_a_commit_on_another_version_changes_nothing(redis: Client, expected: int) -> None:
    log = RoomLog(redis)
    await log.commit("s", "r", 0, [b"a", b"b"])
    with pytest.raises(Conflict) as conflict:
        await log.commit("s", "r", expected, [b"x"], stage=["m"])
    assert conflict.value.actual == 2
    assert len(await log.read("s", "r")) == 2
    await Presence(redis).apply("s", [Enter("c", "n", "m", "r")])
    assert (await Presence(redis).counts("s"))["r"].listeners == 1


async def test_a_commit_only_while_a_member_is_away(
    redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: "the same")
    log, presence = RoomLog(redis), Presence(redis)
    await presence.apply("s", [Enter("c", "n", "m", "r"), Enter("d", "n", "k", "other")])
    with pytest.raises(Present):
        await log.commit("s", "r", 0, [b"a"], stage=["k"], absent="m")
    with pytest.raises(Conflict):
        await log.commit("s", "r", 1, [b"a"], absent="m")
    assert await log.read("s", "r") == []
    assert await log.commit("s", "r", 0, [b"a"], stage=["k"], absent="k") == 1
    assert await log.commit("s", "r", 1, [b"b", b"c"], stage=["m"]) == 3
    assert (await presence.counts("s"))["r"].listeners == 0
    await presence.apply("s", [Leave("c")])
    assert await log.commit("s", "r", 3, [b"d"], absent="m") == 4
    await presence.apply("s", [Enter("c", "n", "m", "r")])
    assert await log.commit("s", "r", 3, [b"d"], absent="m") == 4, "it was done before"
    assert [event for _, event in await log.read("s", "r")] == [b"a", b"b", b"c", b"d"]


async def test_the_largest_commit(redis: Client) -> None:
    log = RoomLog(redis)
    assert await log.commit("s", "r", 0, [b"x"] * MAX_EVENTS) == MAX_EVENTS
    with pytest.raises(StoreError, match="too_large"):
        await log.commit("s", "r", MAX_EVENTS, [b"x"] * (MAX_EVENTS + 1))
    with pytest.raises(StoreError, match="bad_id"):
        await log.commit("s", "r r", 0, [b"x"])
    assert await log.version("s", "r") == MAX_EVENTS


async def test_a_commit_may_be_only_for_who_is_in_no_room_of_the_show(redis: Client) -> None:
    log, presence = RoomLog(redis), Presence(redis)
    await presence.apply("s", [Enter("1", "n", "m", "other")])
    with pytest.raises(Present):
        await log.commit("s", "r", 0, [b"a"], absent="m", anywhere=True)
    assert await log.version("s", "r") == 0
    assert await log.commit("s", "r", 0, [b"a"], absent="m") == 1
    assert await log.commit("s", "r", 1, [b"b"], absent="k", anywhere=True) == 2
    await presence.apply("s", [Enter("2", "n", "k", "r"), Leave("1")])
    with pytest.raises(Present):
        await log.commit("s", "r", 2, [b"c"], absent="k", anywhere=True)
    assert await log.commit("s", "r", 2, [b"c"], absent="m", anywhere=True) == 3


async def test_eight_writers_lose_and_double_nothing(redis: Client) -> None:
    log = RoomLog(redis)
    conflicts = 0

    async def write(writer: int) -> None:
        nonlocal conflicts
        version = 0
        for n in range(25):
            while True:
                try:
                    version = await log.commit("s", "r", version, [b"%d %d" % (writer, n)])
                    break
                except Conflict as conflict:
                    conflicts += 1
                    version = conflict.actual

    async with asyncio.TaskGroup() as writers:
        for writer in range(8):
            writers.create_task(write(writer))
    events = await log.read("s", "r")
    assert [number for number, _ in events] == list(range(1, 201))
    for writer in range(8):
        mine = [event for _, event in events if event.startswith(b"%d " % writer)]
        assert mine == [b"%d %d" % (writer, n) for n in range(25)]
    assert conflicts > 0


async def test_a_commit_sent_again_for_want_of_an_answer_is_done_once(
    redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client sends again what it lost the answer of: the same script with the same token."""
    monkeypatch.setattr("secrets.token_hex", lambda _: "the same")
    log = RoomLog(redis)
    assert await log.commit("s", "r", 0, [b"a", b"b"]) == 2
    assert await log.commit("s", "r", 0, [b"a", b"b"]) == 2
    assert await log.commit("s", "r", 2, [b"c"]) == 3
    assert await log.commit("s", "r", 0, [b"a", b"b"]) == 2
    assert [event for _, event in await log.read("s", "r")] == [b"a", b"b", b"c"]


async def test_scripts_that_the_server_forgot_are_sent_again(redis: Client) -> None:
    log = RoomLog(redis)
    await log.commit("s", "r", 0, [b"a"])
    await redis.script_flush()
    assert await log.commit("s", "r", 1, [b"b"]) == 2


async def test_without_a_server_the_store_is_unavailable(embedded: EmbeddedStore) -> None:
    async with client(await embedded.start()) as redis:
        await embedded.stop()
        with pytest.raises(StoreUnavailable):
            await RoomLog(redis).commit("s", "r", 0, [b"a"])
