"""The limits of a server that is open to the world, behind a proxy that says who asks."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from tests.e2e.cast import Asking
from tests.e2e.conftest import Server, running
from tests.node.doors.test_webrtc_http import SDP, offer
from websockets.asyncio.client import connect

from afterparty.core.model import Person
from afterparty.node.access.keyring import Keyring
from afterparty.node.access.limits import OF_A_MEMBER
from afterparty.node.access.tokens import TokenMint
from afterparty.node.ground.settings import keys_of

SECRET = "a key that only this test knows, of course"
JOINS = 10
"""Joins at once that the servers here let an address have."""

mint = TokenMint(Keyring(keys_of(SECRET)))


def token(member: str, *grants: str) -> str:
    return mint.mint(Person(member, member, member), seconds=600, grants=grants)[0]


def headers(member: str, address: str, *grants: str) -> dict[str, str]:
    """What a request of a member has once it came through a proxy."""
    return {"Authorization": f"Bearer {token(member, *grants)}", "X-Forwarded-For": address}


@pytest.fixture(scope="module", params=["127.0.0.1,192.0.2.0/24", ""], ids=["proxy", "no-proxy"])
def public(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory,
           ) -> Iterator[tuple[Server, bool]]:  # fmt: skip
    """A server without --dev, and whether it believes what a proxy says."""
    settings = {"SECRET": SECRET, "TRUSTED_PROXIES": request.param, "JOINS_PER_SECOND": "1",
                "WRITES_PER_SECOND": "1000"}  # fmt: skip
    with running(tmp_path_factory.mktemp("public") / "data", dev=False, **settings) as server:
        host = headers("host", "198.51.100.200", "host")
        with httpx.Client(base_url=server.url, headers=host) as http:
            http.post("/v1/shows", json={"show": "s", "title": "S"}).raise_for_status()
            room = {"room": "r", "kind": "space", "title": "R"}
            http.post("/v1/shows/s/rooms", json=room).raise_for_status()
            http.post("/v1/rooms/r/commands", json={"type": "open"}).raise_for_status()
        yield server, bool(request.param)


@asynccontextmanager
async def coming(server: Server, member: str, address: str) -> AsyncIterator[tuple[str, Asking]]:
    """A socket of a member; what its hello was answered with."""
    url = server.url.replace("http", "ws") + "/v1/ws"
    async with connect(url, additional_headers={"X-Forwarded-For": address}) as socket:
        asking = Asking(socket)
        reply = await asking.ask("hello", token=token(member), room="r")
        yield reply.get("code", reply["type"]), asking


async def test_joins_are_limited_by_the_address_that_is_to_be_believed(
    public: tuple[Server, bool],
) -> None:
    server, believes = public
    told = []
    for n in range(JOINS + 5):
        # The last address but those of proxies counts; what came before it anybody can write.
        address = f"203.0.113.{n}, 198.51.100.1, 192.0.2.7"
        async with coming(server, f"m{n}", address) as (code, _):
            told.append(code)
    assert told[:JOINS] == ["welcome"] * JOINS
    assert "rate_limited" in told[JOINS:]
    async with httpx.AsyncClient(base_url=server.url) as http:
        path, body = "/v1/rooms/r/whep", offer()
        spent: httpx.Response | None = None
        async with asyncio.timeout(30):
            while spent is None or spent.status_code != 429:
                named = headers("fan", "198.51.100.1") | {"Content-Type": SDP}
                spent = await http.post(path, content=body, headers=named)
        assert spent.json()["code"] == "rate_limited"
        assert spent.headers["retry-after"] == "1"
    async with coming(server, "another", "198.51.100.2") as (code, _):
        assert code == ("welcome" if believes else "rate_limited")


async def test_a_member_has_one_measure_over_all_sockets_and_rest(
    public: tuple[Server, bool],
) -> None:
    server, believes = public
    if not believes:
        pytest.skip("one address is all that this server sees")
    for kind, deed in (("ping", "messages"), ("react", "reactions")):
        rate, burst = OF_A_MEMBER[deed]  # type: ignore[index]
        async with (
            coming(server, kind, "198.51.100.11") as (_, one),
            coming(server, kind, "198.51.100.12") as (_, two),
        ):
            began, text = time.monotonic(), {"type": kind, "ref": 7}
            if kind == "react":
                text["reaction"] = "💯"
            times = int(burst)
            for asking in (one, two):
                for _ in range(times):
                    await asking.socket.send(json.dumps(text))
            replies = [await _replies(asking, times) for asking in (one, two)]
            passed = sum(code is None for found in replies for code in found)
            assert burst <= passed <= burst + rate * (time.monotonic() - began) + 1
            assert {code for found in replies for code in found} <= {None, "rate_limited"}
    async with httpx.AsyncClient(base_url=server.url) as http:
        async with asyncio.timeout(30):
            while True:
                named = headers("ping", "198.51.100.13")
                body = {"type": "leave"}
                answer = await http.post("/v1/rooms/r/commands", json=body, headers=named)
                if answer.status_code == 429:
                    break
                assert answer.status_code == 200, answer.text
    assert answer.json()["code"] == "rate_limited"
    assert int(answer.headers["retry-after"]) >= 1


async def _replies(asking: Asking, many: int) -> list[str | None]:
    found: list[str | None] = []
    while len(found) < many:
        reply = json.loads(await asking.socket.recv())
        if reply.get("ref") == 7:
            found.append(reply.get("code"))
    return found
