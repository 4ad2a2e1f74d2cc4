import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.node.conftest import HOST, open_house
from tests.protocol_page import rows

from afterparty.core import commands as c
from afterparty.core.model import RoomKind, Show
from afterparty.core.rules import RULES
from afterparty.node.access.limits import (
    BURST,
    OF_A_MEMBER,
    STRANGERS,
    STRANGERS_OF_AN_ADDRESS,
    Bucket,
    Buckets,
    Limits,
    source_of,
)
from afterparty.node.doors.app import create_app
from afterparty.node.doors.httpprotocol import HEAD_LIMIT, PIECE_SECONDS, REQUEST_SECONDS
from afterparty.node.doors.shell import BODY_LIMIT
from afterparty.node.doors.socket import EXCESS_LIMIT
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.settings import Settings
from afterparty.node.live.connection import WAITING_BYTES, WAITING_LIMIT
from afterparty.node.live.rooms import ROOMS_OF_A_SHOW
from afterparty.node.tape.recordings import STREAMS_MOST, STREAMS_OF_AN_ADDRESS
from afterparty.store.reports import MOST as REPORTS
from afterparty.store.webhooks import MOST as WEBHOOKS
from afterparty.wire.messages import MESSAGE_LIMIT, SDP_LIMIT


def test_a_burst_passes_and_then_the_rate() -> None:
    bucket = Bucket(rate=2.0, burst=3.0, now=100.0)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.take(100.5)
    assert not bucket.take(100.5)
    assert [bucket.take(200.0) for _ in range(4)] == [True, True, True, False]


def test_a_bucket_says_how_long_to_wait() -> None:
    bucket = Bucket(rate=0.5, burst=1.0, now=0.0)
    assert bucket.take(0.0)
    assert not bucket.take(1.0)
    assert bucket.wait == 1.0
    assert bucket.take(2.0)


def test_sources_have_buckets_of_their_own() -> None:
    buckets = Buckets(rate=1.0, burst=1.0)
    assert buckets.take("a", 0.0) is None
    assert buckets.take("a", 0.0) == 1.0
    assert buckets.take("b", 0.0) is None


def test_the_oldest_source_is_forgotten_first() -> None:
    buckets = Buckets(rate=0.001, burst=1.0, most=2)
    for source in "abc":
        assert buckets.take(source, 0.0) is None
    assert len(buckets) == 2
    assert buckets.take("c", 0.0) is not None
    assert buckets.take("a", 0.0) is None, "forgotten, so it begins anew"


def test_a_source_is_an_address_or_a_network_of_them() -> None:
    assert source_of("192.0.2.7") == source_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff:1") != source_of("2001:db8:0:1::1")
    assert source_of("no address") == "no address"


def limits(**settings: Any) -> Limits:
    """Limits at a moment that lasts."""
    return Limits(Settings(**settings), clock=lambda: 100.0)


def spent(take: Callable[[], None]) -> int:
    """How often something passes until it is refused."""
    for passed in range(10_000):
        try:
            take()
        except Refused:
            return passed
    raise AssertionError("no limit at all")


def test_a_member_is_limited_over_all_addresses_and_doors() -> None:
    addresses = (f"192.0.2.{n}" for n in range(256))
    shared = limits()
    assert spent(lambda: shared.join(next(addresses), "fan")) == OF_A_MEMBER["joins"][1]
    assert spent(lambda: shared.ask(next(addresses), "fan")) == OF_A_MEMBER["requests"][1] == 200
    shared.command("198.51.100.1", "fan")
    assert spent(lambda: shared.message("fan")) == OF_A_MEMBER["messages"][1] - 1
    with pytest.raises(Refused, match="rate_limited"):
        shared.command("198.51.100.1", "fan")
    assert spent(lambda: shared.reaction("fan")) == OF_A_MEMBER["reactions"][1]
    shared.question("198.51.100.1", "fan")
    with pytest.raises(Refused) as refused:
        shared.question(None, "fan")
    assert refused.value.retry_after == 20
    assert spent(lambda: shared.report("198.51.100.1", "fan")) == OF_A_MEMBER["reports"][1]
    shared.message("another")
    with pytest.raises(Refused) as refused:
        shared.join("192.0.2.1", "fan")
    assert (refused.value.code, refused.value.retry_after) == ("rate_limited", 1)


def test_an_address_is_limited_over_all_members() -> None:
    shared = limits(joins_per_second=2, reads_per_second=3, writes_per_second=4)
    names = (f"m{n}" for n in range(10_000))
    assert spent(lambda: shared.join("2001:db8::1", next(names))) == 20
    assert spent(lambda: shared.request("192.0.2.1", "GET")) == 30
    assert spent(lambda: shared.request("192.0.2.1", "POST")) == 40
    assert spent(lambda: shared.request("192.0.2.1", "OPTIONS")) == 0
    shared.join("2001:db8:0:1::1", "fan")
    shared.request("192.0.2.2", "DELETE")
    assert shared.refusals == {("joins", "address"): 1, ("requests", "address"): 3}


def test_only_this_machine_has_no_limits_and_only_with_dev() -> None:
    for dev, host, free in ((True, "::1", True), (True, "192.0.2.1", False), (False, "::1", False)):
        shared = limits(dev=dev, joins_per_second=0.1, writes_per_second=0.1)
        for take in (lambda h: shared.join(h, "m"), lambda h: shared.request(h, "POST")):  # noqa: B023
            take(host)
            if free:
                take(host)
            else:
                with pytest.raises(Refused, match="rate_limited"):
                    take(host)
    shared = limits(dev=True)
    assert spent(lambda: shared.message("m")) == 40, "over a socket it has"
    shared.question(None, "m")
    shared.question("::1", "m")
    with pytest.raises(Refused, match="rate_limited"):
        shared.question(None, "m")


def test_sockets_that_say_nothing_are_bounded() -> None:
    shared = limits()
    with ExitStack() as held:
        for _ in range(STRANGERS_OF_AN_ADDRESS):
            held.enter_context(shared.stranger("192.0.2.1"))
        with pytest.raises(Refused, match="server_full"):
            held.enter_context(shared.stranger("192.0.2.1"))
        for n in range(STRANGERS - STRANGERS_OF_AN_ADDRESS):
            held.enter_context(shared.stranger(f"198.51.{n // 250}.{n % 250}"))
        with pytest.raises(Refused, match="server_full"):
            held.enter_context(shared.stranger("203.0.113.1"))
    with shared.stranger("192.0.2.1"):
        pass


async def test_one_address_asks_only_so_fast(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path / "data", secret="k" * 40, reads_per_second=0.2, writes_per_second=0.2
    )
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client,
    ):
        for method, status in (("POST", 401), ("GET", 200)):
            body = {"show": "s", "title": "T"} if method == "POST" else None
            answers = [await client.request(method, "/v1/shows", json=body) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [status, status, 429]
            assert answers[-1].headers["content-type"] == "application/problem+json"
            assert answers[-1].json()["code"] == "rate_limited"
            assert answers[-1].headers["retry-after"] == "5"
            assert "content-security-policy" in answers[-1].headers
        assert (await client.get("/healthz")).status_code == 200, "probes have no limit"


async def test_shows_and_their_rooms_are_bounded(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data", max_shows=1) as house:
        with pytest.raises(Refused, match="server_full"):
            await house.node.create_show(Show("another", "Another"))
        for n in range(ROOMS_OF_A_SHOW - 2):
            made = c.CreateRoom(HOST, f"r{n}", "show", RoomKind.SPACE, "A room")
            await house.node.rooms.create_room(made)
        more = c.CreateRoom(HOST, "more", "show", RoomKind.SPACE, "A room")
        with pytest.raises(Refused, match="server_full"):
            await house.node.rooms.create_room(more)


async def test_rooms_made_at_once_are_counted_like_any_others(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data") as house:
        most, when = RULES["current"].scheduled_at_once, time.time() + 3600
        made = await asyncio.gather(
            *(
                house.node.rooms.create_room(
                    c.CreateRoom(HOST, f"r{n}", "show", RoomKind.SPACE, "T", scheduled_for=when)
                )
                for n in range(most + 4)
            ),
            return_exceptions=True,
        )
        refused = [one.code for one in made if isinstance(one, Refused)]
        assert refused == ["too_many_scheduled"] * 4
        assert house.node.rooms.scheduled_by(HOST.member) == most


def test_the_protocol_page_says_the_same() -> None:
    said, settings = dict(rows("Limits")), Settings()

    def of(rate: float, burst: float) -> str:
        return f"{rate:.0f} a second, {burst:,.0f} at once"

    def address(rate: float) -> str:
        return of(rate, BURST * rate)

    joins = f"{address(settings.joins_per_second)}; {of(*OF_A_MEMBER['joins'])}"
    assert said["joins of one address; of one member"] == joins
    messages = of(*OF_A_MEMBER["messages"])
    dropped = f"{messages}; a socket that goes on for {EXCESS_LIMIT} more is dropped"
    assert said["messages of one member, over all sockets and `POST …/commands`"] == dropped
    assert said["reactions of one member"] == of(*OF_A_MEMBER["reactions"])
    rate, burst = OF_A_MEMBER["reports"]
    reports = f"one in {1 / rate:.0f} s, {burst:.0f} at once; {REPORTS:,}"
    assert said["reports of one member; kept, the oldest go first"] == reports
    assert said["webhooks of a server"] == str(WEBHOOKS)
    reading = said["reading requests (`GET`, `HEAD`, `OPTIONS`) of one address"]
    assert reading == address(settings.reads_per_second)
    assert said["other requests of one address"] == address(settings.writes_per_second)
    mine = said["requests of one member, of either kind, with a token"]
    assert mine == of(*OF_A_MEMBER["requests"])
    assert said["sockets that have not said hello; of one address"] == (
        f"{STRANGERS:,}; {STRANGERS_OF_AN_ADDRESS}; then `server_full`"
    )
    assert said["head of an HTTP request; time until it is there with its body"] == (
        f"{HEAD_LIMIT // 1024} KiB; {REQUEST_SECONDS:.0f} s, then the connection is cut off"
    )
    assert said["a piece of an answer, some 50 KB"] == (
        f"{PIECE_SECONDS:.0f} s until it is read, then the connection is cut off"
    )
    assert said["recordings sent by a node while they are written; to one address"] == (
        f"{STREAMS_MOST}; {STREAMS_OF_AN_ADDRESS}; then `busy`"
    )
    assert said["WebSocket message; SDP; REST body"] == (
        f"{MESSAGE_LIMIT // 1024} KiB; {SDP_LIMIT // 1024} KiB; {BODY_LIMIT // 1024} KiB"
    )
    assert said["messages waiting for one socket"].startswith(
        f"{WAITING_LIMIT} and {WAITING_BYTES // 2**20} MiB, then dropped with `slow_consumer`"
    )
    assert said["connections on a node; rooms that are not over"] == (
        f"{settings.max_members:,}; {settings.max_rooms:,}; then `server_full`"
    )
    assert said["shows on a server; rooms of a show"].startswith(
        f"{settings.max_shows:,}; {ROOMS_OF_A_SHOW}, over or not"
    )
