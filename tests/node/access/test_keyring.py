import asyncio
import multiprocessing
import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import jwt
import pytest
from tests.media.peer import Tone
from tests.node.audio.test_mixing import Pair
from tests.node.conftest import House, open_house

from afterparty.core.model import Person
from afterparty.node.access import keyring
from afterparty.node.access.keyring import (
    FILE,
    LINGER_SECONDS,
    Keyring,
    key_of,
    keys_in,
    retire,
    rotate,
)
from afterparty.node.ground.settings import KEYS_LIMIT, Settings, SettingsError
from afterparty.node.node import Node
from afterparty.node.opening import open_node
from afterparty.store.embedded import EmbeddedStore

OLD, NEW, NEWEST = "o" * 40, "n" * 40, "m" * 40


class Clock:
    """Monotonic seconds that pass when told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def _write(folder: Path, *texts: str) -> None:
    draft = folder / "draft"
    draft.write_text("\n".join(texts))
    draft.replace(folder / FILE)


def test_the_first_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (key,) = keys_in(folder)
    assert len(key) >= 32
    assert keys_in(folder) == (key,)
    rotate(folder)
    assert keys_in(folder)[1:] == (key,)
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [FILE]


@pytest.mark.parametrize("text", ["", "short", f"{OLD}\nshort"])
def test_half_a_key_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(SettingsError) as error:
        Keyring.in_folder(tmp_path)
    assert OLD not in str(error.value)


def test_a_key_has_a_name_that_does_not_give_it_away() -> None:
    assert key_of(OLD).kid != key_of(NEW).kid
    assert OLD not in repr(key_of(OLD))
    assert key_of(OLD).kid not in OLD


def test_keys_are_replaced_one_after_the_other(tmp_path: Path) -> None:
    (first,) = keys_in(tmp_path)
    made = rotate(tmp_path)
    assert keys_in(tmp_path) == (made.text, first)
    for kid, wrong in ((made.kid, "that key signs"), ("nobody", "no key")):
        with pytest.raises(SettingsError, match=wrong):
            retire(tmp_path, kid)
    retire(tmp_path, key_of(first).kid)
    assert keys_in(tmp_path) == (made.text,)
    for _ in range(KEYS_LIMIT - 1):
        rotate(tmp_path)
    with pytest.raises(SettingsError, match="retire one"):
        rotate(tmp_path)


def test_two_who_rotate_at_once_lose_neither_key(tmp_path: Path) -> None:
    keys_in(tmp_path)
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=rotate, args=(tmp_path,)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert len(keys_in(tmp_path)) == 3


async def test_a_change_of_the_file_is_noticed(tmp_path: Path) -> None:
    ring = Keyring.in_folder(tmp_path)
    changed = asyncio.Event()
    ring.on_change.append(changed.set)
    looking = asyncio.create_task(ring.run())
    made = rotate(tmp_path)
    async with asyncio.timeout(20):
        await changed.wait()
    assert ring.signing() == made
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


def test_a_key_is_found_the_moment_that_it_is_asked_for(tmp_path: Path) -> None:
    ring = Keyring.in_folder(tmp_path)
    made = rotate(tmp_path)
    assert made.kid not in ring
    assert ring.find(made.kid) == made
    assert ring.find("nobody") is None


def test_a_file_that_is_broken_or_gone_changes_nothing(tmp_path: Path) -> None:
    ring = Keyring.in_folder(tmp_path)
    held = ring.kids()
    (tmp_path / FILE).write_text("half")
    ring.look()
    assert ring.kids() == held
    (tmp_path / FILE).unlink()
    ring.look()
    assert ring.kids() == held


def test_a_file_that_could_not_be_read_is_read_when_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may read it changes nothing of it that is looked at."""
    ring = Keyring.in_folder(tmp_path)
    held, read = ring.kids(), keyring._read
    made = rotate(tmp_path)

    def forbidden(path: Path) -> tuple[str, ...]:
        raise PermissionError(path)

    monkeypatch.setattr(keyring, "_read", forbidden)
    ring.look()
    assert ring.kids() == held
    monkeypatch.setattr(keyring, "_read", read)
    ring.look()
    assert ring.kids() == (made.kid, *held)


def test_the_newest_that_all_have_is_made_use_of(tmp_path: Path) -> None:
    old, new = key_of(OLD), key_of(NEW)
    ring = Keyring((NEW, OLD))
    assert ring.signing() == ring.sealing() == new
    ring.agree([[old.kid]])
    assert ring.signing() == ring.sealing() == old
    ring.agree([[new.kid, old.kid], [old.kid]])
    assert ring.sealing() == old
    ring.agree([[new.kid, old.kid], [new.kid]])
    assert ring.signing() == ring.sealing() == new
    ring.agree([["strange"]])
    assert ring.sealing() == new


def test_what_is_retired_is_understood_for_a_while_and_signs_nothing(tmp_path: Path) -> None:
    _write(tmp_path, NEW, OLD)
    clock = Clock()
    ring = Keyring(keys_in(tmp_path), tmp_path / FILE, clock)
    ring.agree([[key_of(OLD).kid]])
    _write(tmp_path, NEWEST, NEW)
    ring.look()
    # Another node has only the oldest: it is told things with that, but no token is signed by it.
    assert key_of(OLD).kid not in ring
    assert ring.sealing() == key_of(OLD)
    assert ring.signing() == key_of(NEWEST)
    assert [key.text for key in ring.understood()] == [NEWEST, NEW, OLD]
    clock.now += LINGER_SECONDS
    told: list[str] = []
    ring.on_change.append(lambda: told.append("changed"))
    ring.look()
    assert told == ["changed"]
    assert [key.text for key in ring.understood()] == [NEWEST, NEW]
    assert ring.sealing() == key_of(NEWEST)


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    """Two nodes whose key files are not the same file, so that a test says who notices when."""
    async with AsyncExitStack() as stack:
        store = EmbeddedStore(tmp_path / "redis")
        stack.push_async_callback(store.stop)
        url = await store.start()
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            _write(tmp_path / name, OLD)
        one = await stack.enter_async_context(open_house(tmp_path / "one", redis_url=url))
        settings = Settings(data=tmp_path / "two", redis_url=url, dev=True)
        other = House(await stack.enter_async_context(open_node(settings)))
        found = Pair(one, other, store)
        yield found
        for peer in found.peers:
            await peer.close()


async def test_sound_between_nodes_goes_on_while_they_notice_one_by_one(
    pair: Pair, tmp_path: Path
) -> None:
    here, there = await pair.listen(pair.one, "here"), await pair.listen(pair.other, "there")
    for member in ("here", "there"):
        await pair.seat(member)
    seats = pair.one.node.rooms.room("pre").seats
    here.talk(Tone(440))
    there.talk(Tone(880))
    rings = [house.node.mint.keys for house in (pair.one, pair.other)]
    planes = [house.node.sound.plane for house in (pair.one, pair.other)]

    async def heard(sealing: str) -> None:
        """Both ways, after all was sealed with that key for a while; nothing was refused."""
        await pair.when(lambda: all(ring.sealing().text == sealing for ring in rings))
        await here.hear_from(seats["there"].csrc, 20)
        await there.hear_from(seats["here"].csrc, 20)
        assert not any("relay_unauthentic" in plane.stats().dropped for plane in planes)

    async def noticed(ring: Keyring, name: str, *texts: str) -> None:
        _write(tmp_path / name, *texts)
        await pair.when(lambda: ring.kids() == tuple(key_of(text).kid for text in texts))

    await heard(OLD)
    await noticed(rings[0], "one", NEW, OLD)
    await heard(OLD)  # the other has no other
    token = pair.one.node.mint.mint(Person("fan", "fan"), seconds=60)[0]
    assert jwt.get_unverified_header(token)["kid"] == key_of(OLD).kid
    assert pair.other.node.mint.check(token).person.member == "fan"
    await noticed(rings[1], "two", NEW, OLD)
    await heard(NEW)
    await noticed(rings[1], "two", NEW)
    await heard(NEW)
    await noticed(rings[0], "one", NEW)
    await heard(NEW)
    # All at once, as by a hand that is in a hurry: the one that notices first waits for the other.
    await noticed(rings[0], "one", NEWEST)
    await heard(NEW)
    await noticed(rings[1], "two", NEWEST)
    await heard(NEWEST)


async def test_keys_in_the_environment_are_replaced_by_a_rolling_restart(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        store = EmbeddedStore(tmp_path / "redis")
        stack.push_async_callback(store.stop)
        url = await store.start()

        async def opened(name: str, secret: str) -> tuple[AsyncExitStack, Node]:
            own = await stack.enter_async_context(AsyncExitStack())
            settings = Settings(data=tmp_path / name, redis_url=url, secret=secret)
            return own, await own.enter_async_context(open_node(settings))

        def mutual(*nodes: Node) -> bool:
            tokens = [node.mint.mint(Person("fan", "fan"), seconds=60)[0] for node in nodes]
            return all(node.mint.check(token) for node in nodes for token in tokens)

        first, _ = await opened("one", OLD)
        second, two = await opened("two", OLD)
        await first.aclose()
        _, one = await opened("one", f"{NEW} {OLD}")
        assert mutual(one, two)
        await second.aclose()
        _, two = await opened("two", f"{NEW} {OLD}")
        assert mutual(one, two)
