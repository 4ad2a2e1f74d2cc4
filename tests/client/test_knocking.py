"""Requests to a server of which some doors are shut, or open and deaf."""

import asyncio

import pytest

from afterparty.client.api import Api
from afterparty.client.doors import Doors
from afterparty.client.errors import ApiError


async def test_what_nobody_takes_up_is_asked_at_another_door(url: str) -> None:
    doors = Doors("http://127.0.0.1:9")
    async with Api(doors.home, doors=doors) as api:
        with pytest.raises(ApiError) as alone:
            await api.server()
        assert alone.value.code == "unreachable"
        doors.learn([doors.home, url])
        assert (await api.server()).dev
        assert doors.at == url, "where the next one is asked first"
        doors.learn([doors.home])
        assert (await api.server()).dev


async def test_who_gets_no_answer_asks_elsewhere_next(url: str) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as deaf:
        doors = Doors(f"http://127.0.0.1:{deaf.sockets[0].getsockname()[1]}")
        doors.learn([url])
        async with Api(doors.home, doors=doors) as api:
            with pytest.raises(ApiError) as unanswered:
                await api.server()
            assert unanswered.value.code == "unreachable", "it may have been done, so not by itself"
            assert (await api.server()).dev
