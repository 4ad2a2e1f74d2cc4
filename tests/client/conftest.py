import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.client.devserver import devserver

from afterparty.client.api import Api
from afterparty.client.session import Session
from afterparty.wire.bodies import CreateRoom, CreateShow

_numbers = itertools.count()


@pytest.fixture(scope="package")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with devserver(tmp_path_factory.mktemp("server")) as url:
        yield url


@dataclass
class Evening:
    """A show with a live room `main`, and a live room `after`."""

    url: str
    show: str
    token: str
    api: Api
    main: str
    after: str


@pytest.fixture
async def evening(url: str) -> AsyncIterator[Evening]:
    async with Api(url) as nobody:
        await nobody.wait_ready()
        number = next(_numbers)
        token = (await nobody.token("host", grants=["host", "simulate"])).token
    async with Api(url, token) as api:
        show = f"show-{number}"
        await api.create_show(CreateShow(show=show, title="An evening", simulated=True))
        rooms = [f"{show}.main", f"{show}.after"]
        for room in rooms:
            await api.create_room(
                show, CreateRoom.model_validate({"room": room, "kind": "space", "title": room})
            )
            await api.command(room, "open")
        yield Evening(url, show, token, api, *rooms)


Join = Callable[..., Coroutine[Any, Any, Session]]


@pytest.fixture
async def join(evening: Evening) -> AsyncIterator[Join]:
    """Come into the evening's room, by handle or (`None`) anonymously; all are gone in the end."""
    sessions: list[Session] = []

    async def come(handle: str | None = "host", **kept: Any) -> Session:
        token = (await evening.api.token(handle)).token
        session = await Session.join(evening.url, token, evening.main, **kept)
        sessions.append(session)
        return session

    yield come
    for session in sessions:
        await session.close()
