"""A server that begins one handshake a second, and a client that has the patience for it."""

import asyncio
from pathlib import Path

import httpx
import pytest
from tests.client.devserver import devserver

from afterparty.client.api import Api
from afterparty.client.session import Session
from afterparty.wire.bodies import CreateRoom, CreateShow

LISTENERS = 3


@pytest.mark.timeout(120)
async def test_offers_that_were_too_many_at_once_are_made_again(tmp_path: Path) -> None:
    with devserver(tmp_path / "data", HANDSHAKES_PER_SECOND="1") as url:
        async with Api(url) as nobody:
            token = (await nobody.token("host", grants=["host"])).token
        async with Api(url, token) as api:
            await api.create_show(CreateShow(show="show", title="An evening"))
            made = {"room": "room", "kind": "space", "title": "A room"}
            await api.create_room("show", CreateRoom.model_validate(made))
            await api.command("room", "open")
            sessions = [
                await Session.join(url, (await api.token(None)).token, "room")
                for _ in range(LISTENERS)
            ]
            try:
                async with asyncio.timeout(90):
                    peers = await asyncio.gather(*(session.listen() for session in sessions))
                assert [peer.state for peer in peers] == ["connected"] * LISTENERS
            finally:
                for session in sessions:
                    await session.close()
            refused = "afterparty_handshakes_refused_total "
            lines = (await _metrics(url)).splitlines()
            assert float(next(x for x in lines if x.startswith(refused)).split()[1]) > 0


async def _metrics(url: str) -> str:
    async with httpx.AsyncClient() as http:
        return (await http.get(f"{url}/metrics")).text
