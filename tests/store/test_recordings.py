"""What is known of recordings, on real servers."""

import asyncio
from typing import Any

import pytest

from afterparty.store import keys, recordings
from afterparty.store.errors import StoreError
from afterparty.store.ops import Counts
from afterparty.store.presence import Presence
from afterparty.store.recordings import About, Recordings
from afterparty.store.servers import Client


async def test_of_none_it_is_nothing(redis: Client) -> None:
    found = Recordings(redis)
    assert await found.about("s", "r") == About(0, False, 0)
    assert await found.reactions("s", "r") == {}
    assert await found.clips("s", "r") == {}
    assert await found.room_of("c") is None
    assert await found.clip("s", "r", "c") is None


async def test_a_member_counts_once_and_counts_tell(redis: Client) -> None:
    found = Recordings(redis)
    for member in ("a", "b", "a"):
        assert await found.play("s", "r", member)
    assert (await found.about("s", "r")).plays == 2
    assert await Presence(redis, redis).counts("s") == {"r": Counts(0, 0, 0, 0, 2)}


async def test_where_it_begins_is_kept(redis: Client) -> None:
    found = Recordings(redis)
    assert await found.cut("s", "r", 150)
    assert await found.about("s", "r") == About(150, False, 0)
    assert await found.cut("s", "r", 0)
    assert (await found.about("s", "r")).cut == 0


async def test_reactions_add_up(redis: Client) -> None:
    found = Recordings(redis)
    await found.react("s", "r", {(100, "💯"): 3, (105, "👏🏽"): 1})
    await found.react("s", "r", {(100, "💯"): 4})
    assert await found.reactions("s", "r") == {(100, "💯"): 7, (105, "👏🏽"): 1}
    assert await found.reactions("s", "other") == {}


async def test_reactions_that_are_sent_twice_are_added_once(
    redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a client that lost its answer."""
    found = Recordings(redis)
    monkeypatch.setattr(recordings.secrets, "token_hex", lambda size: "the same")
    for _ in range(3):
        await found.react("s", "r", {(100, "💯"): 3})
    assert await found.reactions("s", "r") == {(100, "💯"): 3}


async def test_very_many_reactions_are_read_in_pages(
    redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis does nothing else while it answers."""
    found = Recordings(redis)
    expected = {(at, what): at + 1 for at in range(500) for what in ("💯", "👏")}
    await found.react("s", "r", expected)
    asked, command = [], found._link.command

    async def count(*words: str | bytes | int) -> Any:
        asked.append(words[0])
        return await command(*words)

    monkeypatch.setattr(recordings, "PAGE", 100)
    monkeypatch.setattr(found._link, "command", count)
    assert await found.reactions("s", "r") == expected
    assert len(asked) > 5
    assert set(asked) == {"HSCAN"}


async def test_clips_are_bounded_by_recording_and_by_member(
    redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "CLIPS_MOST", 3)
    monkeypatch.setattr(recordings, "CLIPS_OF_ONE", 2)
    found = Recordings(redis)
    assert await found.add_clip("s", "r", "c1", "a", b"one")
    assert await found.add_clip("s", "r", "c1", "a", b"one"), "asked for again is asked for once"
    assert await found.add_clip("s", "r", "c2", "a", b"two")
    assert not await found.add_clip("s", "r", "c3", "a", b"three")
    assert await found.room_of("c3") is None
    assert await found.add_clip("s", "r", "c4", "b", b"four")
    assert not await found.add_clip("s", "r", "c5", "b", b"five")
    assert await found.clips("s", "r") == {"c1": b"one", "c2": b"two", "c4": b"four"}
    assert (await found.room_of("c4"), await found.clip("s", "r", "c4")) == ("r", b"four")
    for _ in range(2):
        await found.drop_clip("s", "r", "c1", "a")
    assert await found.room_of("c1") is None
    assert await found.add_clip("s", "r", "c6", "a", b"six")
    assert not await found.add_clip("s", "r", "c7", "a", b"seven")


async def test_many_at_once_are_bounded_too(redis: Client) -> None:
    found = Recordings(redis)
    added = await asyncio.gather(*(found.add_clip("s", "r", f"c{n}", "a", b"") for n in range(30)))
    assert sum(added) == recordings.CLIPS_OF_ONE == len(await found.clips("s", "r"))


async def test_of_what_is_deleted_only_that_is_known(redis: Client) -> None:
    found = Recordings(redis)
    await found.cut("s", "r", 150)
    await found.play("s", "r", "a")
    await found.react("s", "r", {(100, "💯"): 3})
    await found.add_clip("s", "r", "c", "a", b"one")
    await found.play("s", "other", "a")
    for _ in range(2):
        await found.delete("s", "r")
    left = {key.decode() async for key in redis.scan_iter("ap:*")}
    assert {key for key in left if key.endswith(":r")} == {"ap:{s}:recording:r"}
    assert keys.CLIPS not in left
    assert not await found.cut("s", "r", 1)
    assert not await found.play("s", "r", "b")
    assert not await found.add_clip("s", "r", "c", "a", b"one")
    await found.react("s", "r", {(100, "💯"): 3})
    assert await found.about("s", "r") == About(0, True, 0)
    assert await found.reactions("s", "r") == {}
    assert (await found.about("s", "other")).plays == 1


async def test_names_are_looked_at(redis: Client) -> None:
    found = Recordings(redis)
    for asked in (found.about("s", "a b"), found.add_clip("s", "r", "c d", "a", b"")):
        with pytest.raises(StoreError, match="bad_id"):
            await asked
