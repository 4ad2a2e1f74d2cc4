"""Coming and going while the store is away, and while everything moves."""

import asyncio
import os
import signal

import pytest
from tests.node.conftest import HOST, House, bearer

from afterparty.core import commands as c
from afterparty.core.model import Role
from afterparty.node.audience import GATHER_SECONDS
from afterparty.node.members import CONNECTIONS_LIMIT
from afterparty.node.refused import Refused
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
