import os
import signal
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import RedisCluster

from afterparty.store import keys
from afterparty.store.bus import MAX_PAYLOAD, Bus
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.errors import StoreUnavailable
from afterparty.store.inbox import BusEvent, CountsChanged, Inbox, LogGrew, Message, Moved, Resync
from afterparty.store.log import RoomLog
from afterparty.store.ops import Counts, Enter, Move
from afterparty.store.presence import Presence
from afterparty.store.servers import Client, client


@pytest.fixture
async def bus(redis: Client) -> AsyncIterator[Bus]:
    async with Bus(redis) as bus:
        yield bus


async def until(inbox, wanted: BusEvent) -> list[BusEvent]:
    """All events up to the wanted one, which is left out."""
    before: list[BusEvent] = []
    while (event := await inbox.get()) != wanted:
        before.append(event)
    return before


async def test_a_listener_begins_with_a_resync_and_then_misses_nothing(bus: Bus) -> None:
    async with bus.listen("s") as one:
        assert await one.get() == Resync()
        await bus.publish("s", b"hello")
        assert await one.get() == Message(b"hello")
        async with bus.listen("s") as two:
            assert await two.get() == Resync()
            await bus.publish("s", b"\x00again")
            assert await one.get() == await two.get() == Message(b"\x00again")
        await bus.publish("s", b"alone")
        assert await one.get() == Message(b"alone")


async def test_channels_are_apart_and_can_be_left_and_heard_again(bus: Bus, redis: Client) -> None:
    async with bus.listen("s1") as one:
        for _ in range(3):
            async with bus.listen("s2") as two:
                assert await two.get() == Resync()
                await bus.publish("s2", b"for two")
                assert await two.get() == Message(b"for two")
        await bus.publish("s2", b"for nobody")
        await bus.publish("s1", b"for one")
        assert await until(one, Message(b"for one")) == [Resync()]
    async with bus.listen("s3") as three:
        assert await three.get() == Resync()  # so Redis has heard that the others were left
        assert await _heard_of(redis) == [keys.channel("s3").encode()]


async def _heard_of(redis: Client) -> list[bytes]:
    """The channels to which some server has a subscriber."""
    if isinstance(redis, RedisCluster):
        return await redis.pubsub_channels(target_nodes=RedisCluster.PRIMARIES)
    return await redis.pubsub_channels()


async def test_commits_and_presence_are_told(bus: Bus, redis: Client) -> None:
    presence = Presence(redis)
    async with bus.listen("s") as inbox:
        assert await inbox.get() == Resync()
        await RoomLog(redis).commit("s", "a", 0, [b"1", b"2"])
        assert await inbox.get() == LogGrew("a", 2)
        await presence.apply("s", [Enter("c", "n", "m", "a")])
        assert await inbox.get() == CountsChanged("a", Counts(1, 1, 1, 1))
        await presence.apply("s", [Enter("c", "n", "m", "a"), Move("k", "a", "b")])  # no change
        await RoomLog(redis).commit("s", "a", 2, [b"3"], stage=["m"])
        told = {await inbox.get(), await inbox.get()}
        assert told == {CountsChanged("a", Counts(1, 0, 1, 1)), LogGrew("a", 3)}
        await presence.apply("s", [Move("m", "a", "b")])
        assert await inbox.get() == Moved("n", ("c",))
        told = {await inbox.get(), await inbox.get()}
        assert told == {
            CountsChanged("a", Counts(0, 0, 1, 1)),
            CountsChanged("b", Counts(1, 1, 1, 1)),
        }
        await presence.evict("s", "n")
        assert await inbox.get() == CountsChanged("b", Counts(0, 0, 1, 1))


async def test_a_slow_listener_loses_messages_and_no_wake_up(bus: Bus, redis: Client) -> None:
    log = RoomLog(redis)
    async with bus.listen("s", limit=8) as slow, bus.listen("s", limit=1000) as quick:
        await until(quick, Resync())
        for n in range(50):
            await log.commit("s", "a", n, [b"x"])
            await bus.publish("s", b"%d" % n)
        await until(quick, Message(b"49"))
        before = await until(slow, Message(b"49"))
        logs = [event for event in before if isinstance(event, LogGrew)]
        assert logs == [LogGrew("a", 50)]
        assert [e for e in before if isinstance(e, Message)] == [
            Message(b"%d" % n) for n in range(42, 49)
        ]
        assert slow.lost == 42


async def test_what_others_publish_on_our_channels_does_no_harm(bus: Bus, redis: Client) -> None:
    async with bus.listen("s") as inbox:
        assert await inbox.get() == Resync()
        for alien in (b"", b"?", b"P{}", b"L"):
            await redis.publish(keys.channel("s"), alien)
        await bus.publish("s", b"ours")
        assert await inbox.get() == Message(b"ours")


async def test_a_message_has_a_size(bus: Bus) -> None:
    with pytest.raises(ValueError, match="too large"):
        await bus.publish("s", bytes(MAX_PAYLOAD + 1))


async def test_after_a_server_was_killed_every_listener_is_resynced(
    embedded: EmbeddedStore,
) -> None:
    async with (
        client(await embedded.start()) as redis,
        Bus(redis) as bus,
        bus.listen("s") as one,
        bus.listen("s2") as two,
    ):
        log = RoomLog(redis)
        assert await one.get() == await two.get() == Resync()
        await log.commit("s", "a", 0, [b"before"])
        assert await one.get() == LogGrew("a", 1)
        for crash in range(1, 3):
            os.kill(embedded.pid, signal.SIGKILL)
            assert await one.get() == await two.get() == Resync()
            assert await log.commit("s", "a", crash, [b"after"]) == crash + 1
            await _caught_up(one, log, crash + 1)
        assert embedded.crashes >= 1  # a kill while it was starting again counts as a failed start


async def _caught_up(inbox: Inbox, log: RoomLog, version: int) -> None:
    """Either the news itself, or a resync after which the log has it: one of the two is promised.

    One crash may well cost more than one connection, and so bring more than one resync.
    """
    while (event := await inbox.get()) != LogGrew("a", version):
        if event == Resync() and await log.version("s", "a") >= version:
            return


async def test_one_may_listen_while_redis_is_away(embedded: EmbeddedStore) -> None:
    async with client(await embedded.start()) as redis, Bus(redis) as bus:
        await embedded.stop()
        async with bus.listen("s") as inbox:
            with pytest.raises(StoreUnavailable):
                await bus.publish("s", b"lost")
            await embedded.start()
            assert await inbox.get() == Resync()
            await bus.publish("s", b"heard")
            assert await inbox.get() == Message(b"heard")
