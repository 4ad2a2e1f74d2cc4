"""Coming and going while the store is away, and while everything moves."""

import asyncio
import os
import signal

import pytest
from tests.media.peer import RawPeer
from tests.node.conftest import HOST, House, bearer

from afterparty.core import commands as c
from afterparty.core.model import HandoffPhase, Person, Role
from afterparty.node.ground.refused import Refused
from afterparty.node.live.audience import GATHER_SECONDS
from afterparty.node.live.connection import Connection, Via
from afterparty.node.people.members import CONNECTIONS_LIMIT
from afterparty.store.errors import StoreError


def _pause(house: House, number: signal.Signals) -> None:
    embedded = house.node.store.embedded
    assert embedded is not None
    assert embedded.pid is not None
    os.kill(embedded.pid, number)


async def test_who_leaves_while_the_store_is_away_is_not_counted_for_ever(house: House) -> None:
    fan = await house.join("fan")
    _pause(house, signal.SIGSTOP)
    leaving = asyncio.create_task(house.node.members.leave(fan))
    try:
        await asyncio.sleep(10 * GATHER_SECONDS)  # it has been asked, and gives up before we do:
        with pytest.raises(StoreError):
            await house.participants()
    finally:
        _pause(house, signal.SIGCONT)
    await leaving
    assert await house.participants() == {"pre": 0, "post": 0}


async def test_who_is_cut_off_while_leaving_has_left(house: House) -> None:
    speaker = await house.join("speaker")
    await house.node.rooms.execute("pre", c.RequestToSpeak(speaker.person))
    leaving = asyncio.create_task(house.node.members.leave(speaker))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await house.until(lambda: not house.node.rooms.room("pre").requests)
    assert await house.participants() == {"pre": 0, "post": 0}


async def test_a_connection_is_taken_up_with_what_the_new_token_permits(house: House) -> None:
    fan = await house.join("fan")
    members = house.node.members
    with pytest.raises(Refused, match="forbidden"):
        members.resume(fan.connection, bearer("fan", show="another"))
    assert members.resume(fan.connection, bearer("fan", ceiling=Role.LISTENER)) is fan
    assert fan.bearer.ceiling is Role.LISTENER
    await house.node.rooms.execute("pre", c.RequestToSpeak(fan.person))
    await house.node.rooms.execute("pre", c.AcceptRequest(HOST, "fan"))
    with pytest.raises(Refused, match="forbidden"):
        members.resume(fan.connection, bearer("fan", ceiling=Role.LISTENER))


async def test_one_member_has_only_so_many_connections(house: House) -> None:
    rooms = ("pre", "post")
    held = [await house.join("fan", rooms[n % 2]) for n in range(CONNECTIONS_LIMIT)]
    for room in rooms:
        with pytest.raises(Refused, match="too_many_connections"):
            await house.join("fan", room)
    assert len(house.node.hub) == CONNECTIONS_LIMIT
    await house.join("another")
    await house.node.members.leave(held[0])
    await house.join("fan")
    assert await house.participants() == {"pre": 2, "post": 1}


async def _last_words(connection: Connection) -> str:
    """All that a connection is told until its socket is closed."""
    told = ""
    async with asyncio.timeout(20):
        while (texts := await connection.outbox.next()) is not None:
            told += "".join(texts)
    return told


async def _everybody_gone(house: House, room: str = "pre") -> None:
    async with asyncio.timeout(20):
        while (await house.participants())[room]:  # noqa: ASYNC110 - asked of the store
            await asyncio.sleep(0.01)


async def _cohost(house: House, room: str) -> Person:
    """Somebody who blocks for this room only; what the host does is for all of theirs."""
    cohost = Person("cohost", "cohost", "Cohost")
    await house.node.rooms.execute(room, c.Invite(HOST, "cohost", Role.COHOST))
    await house.node.rooms.execute(room, c.AcceptInvitation(cohost))
    return cohost


@pytest.mark.parametrize(("command", "code"), [(c.Remove, "removed"), (c.Block, "blocked")])
async def test_who_is_sent_out_goes_by_every_connection(
    house: House, command: type, code: str
) -> None:
    members, execute = house.node.members, house.node.rooms.execute
    cohost = await _cohost(house, "pre")
    sockets = [await house.join("guest") for _ in range(2)]
    await execute("pre", c.RequestToSpeak(sockets[0].person))
    await execute("pre", c.AcceptRequest(HOST, "guest"))
    await execute("pre", c.Unmute(sockets[0].person))
    others = [members.admit(bearer("guest"), "pre", via, "guest") for via in (Via.WHEP, Via.WHIP)]
    peers = [RawPeer() for _ in range(3)]
    for connection, peer in zip((sockets[0], *others), peers, strict=True):
        answer = house.node.sound.answer(connection, peer.offer())
        if connection in others:
            await members.enter(connection)
        await peer.connect(answer)
    members.detach(sockets[1], sockets[1].outbox)
    assert house.node.sound.stats().sessions == 3

    await execute("pre", command(cohost, "guest"))
    assert house.node.sound.stats().sessions == 0, "at once, and not when their client has read it"
    assert f'"closing","code":"{code}"' in await _last_words(sockets[0])
    assert sockets[0].outbox.closing == (4000, code)
    await _everybody_gone(house)
    assert len(house.node.hub) == 0
    assert set(house.node.rooms.room("pre").seats) == {"host", "cohost"}
    for peer in peers:
        await peer.close()

    if command is c.Remove:
        await house.join("guest")
        return
    for via in Via:
        with pytest.raises(Refused, match="blocked"):
            members.admit(bearer("guest"), "pre", via)
    await house.join("guest", "post")
    await execute("pre", c.Unblock(cohost, "guest"))
    await house.join("guest")


@pytest.mark.parametrize(("command", "code"), [(c.Remove, "removed"), (c.Block, "blocked")])
async def test_who_is_sent_out_as_they_come_in_is_not_in(
    house: House, monkeypatch: pytest.MonkeyPatch, command: type, code: str
) -> None:
    apply, execute = house.node.store.presence.apply, house.node.rooms.execute

    async def meanwhile(*asked: object) -> object:
        monkeypatch.undo()
        await execute("pre", command(HOST, "guest"))
        return await apply(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(house.node.store.presence, "apply", meanwhile, raising=False)
    with pytest.raises(Refused, match=code):
        await house.join("guest")
    await _everybody_gone(house)
    assert len(house.node.hub) == 0


async def test_nobody_is_handed_into_a_room_that_they_are_blocked_from(house: House) -> None:
    guest, fan, eager = [await house.join(name) for name in ("guest", "fan", "eager")]
    cohost = await _cohost(house, "post")
    for member in ("guest", "eager"):
        await house.node.rooms.execute("post", c.Block(cohost, member))
    await house.offer("h", seconds=1)
    with pytest.raises(Refused, match="blocked"):
        await house.node.handoffs.follow(eager)
    await house.until(lambda: house.phase() is HandoffPhase.CLOSED)
    for one in (guest, eager):
        assert '"closing","code":"blocked"' in await _last_words(one)
    await _everybody_gone(house)
    assert (fan.room, await house.participants()) == ("post", {"pre": 0, "post": 1})


async def test_a_locked_room_is_for_those_who_were_there_before(house: House) -> None:
    execute = house.node.rooms.execute
    fan = await house.join("fan")
    await house.node.members.leave(fan)
    await execute("pre", c.Invite(HOST, "invited"))
    await execute("pre", c.SetLock(HOST, True))
    for stranger in ("stranger", "stranger"):  # having tried does not make them known
        with pytest.raises(Refused, match="room_locked"):
            await house.join(stranger)
    for expected in ("fan", "invited", "host"):
        await house.join(expected)
    await house.join("stranger", "post")
    await execute("pre", c.SetLock(HOST, False))
    await house.join("stranger")
    assert await house.participants() == {"pre": 4, "post": 1}


async def test_who_is_known_is_asked_only_where_nobody_new_is_let_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unasked(*_: object) -> set[str]:
        raise AssertionError("the store was asked")

    monkeypatch.setattr(house.node.store.presence, "been", unasked, raising=False)
    await house.join("fan")
    assert (await house.participants())["pre"] == 1


async def test_who_has_left_hears_nothing_of_the_end_that_they_made(house: House) -> None:
    host, fan = await house.join("host"), await house.join("fan")
    await house.node.rooms.execute("pre", c.Leave(Person("host")))
    await house.node.members.leave(host)
    host.outbox.close(1000, "left")
    assert '"closing"' not in await _last_words(host)
    assert '"closing","code":"room_over"' in await _last_words(fan)
