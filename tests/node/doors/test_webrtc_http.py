"""WHIP and WHEP as their specifications have them, row by row, and as this house has guests."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.protocol_page import rows, section, ticked

from afterparty.client.sdp import write_offer
from afterparty.core import commands as c
from afterparty.core.model import HandoffPhase, Person, Role, RoomKind, Show
from afterparty.node.doors import guests
from afterparty.node.doors.app import create_app
from afterparty.node.ground.settings import Settings
from afterparty.node.live.connection import Connection
from afterparty.node.node import Node
from afterparty.wire.messages import SDP_LIMIT
from afterparty.wire.problems import PROBLEMS

HOST = Person("host", "host", "Host")
SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
CANDIDATE = (
    "a=ice-ufrag:abcd\r\na=ice-pwd:{password}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
    "a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host\r\na=end-of-candidates\r\n"
)
PASSWORD = "p" * 24


def offer(direction: str = "recvonly", ufrag: str = "abcd") -> str:
    """A good offer of one audio section."""
    text = write_offer(
        session=1,
        ufrag=ufrag,
        password=PASSWORD,
        fingerprints=[("sha-256", ":".join(["AB"] * 32))],
        addresses=[("127.0.0.1", 9)],
        ssrc=1,
    )
    return text.replace("a=sendrecv", f"a={direction}")


def twice(text: str) -> str:
    """The offer with a second audio section."""
    second = text[text.index("m=audio") :].replace("a=mid:0", "a=mid:1")
    return text.replace("BUNDLE 0", "BUNDLE 0 1") + second


@dataclass
class Door:
    """A node's HTTP, with shows ``sim`` (simulated) and ``real``."""

    node: Node
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    """Something happened in a room, or somebody went."""

    def __post_init__(self) -> None:
        self.node.rooms.listen(lambda room, event: self.stirred.set())
        remove = self.node.hub.remove

        def removed(connection: Connection) -> None:
            remove(connection)
            self.stirred.set()

        self.node.hub.remove = removed  # type: ignore[method-assign] # it tells nobody else

    def auth(self, who: str | None, **more: Any) -> dict[str, str]:
        """Headers of somebody; of nobody in particular, of nobody at all."""
        if who is None:
            return {}
        person = Person(who, who, who)
        token, _ = self.node.mint.mint(person, seconds=600, **more)
        return {"Authorization": f"Bearer {token}"}

    async def ask(
        self, method: str, path: str, who: str | None = "fan", body: str = "", **headers: str
    ) -> httpx.Response:
        """One request. Underscores in names of headers stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(
            method, path, content=body.encode(), headers=self.auth(who) | named
        )

    async def post(
        self, who: str = "fan", room: str = "live", kind: str = "whep", body: str | None = None
    ) -> httpx.Response:
        """Offer sound."""
        body = body or offer("recvonly" if kind == "whep" else "sendonly")
        return await self.ask("POST", f"/v1/rooms/{room}/{kind}", who, body, content_type=SDP)

    async def participants(self) -> dict[str, int]:
        """Members by room, as the store has them."""
        counts = await self.node.audience.counts_now("sim")
        return {room: found.participants for room, found in counts.items()}

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so, after an event of a room or when somebody went."""
        async with asyncio.timeout(20):
            while not true():
                self.stirred.clear()
                await self.stirred.wait()

    async def until_empty(self) -> None:
        """Wait until nobody is here, nor counted by the store."""
        await self.until(lambda: len(self.node.hub) == 0)
        async with asyncio.timeout(20):
            while sum((await self.participants()).values()):
                pass


@asynccontextmanager
async def opened(data: Path, **settings: Any) -> AsyncIterator[Door]:
    """A node with its rooms: ``live``, ``next``, ``scheduled`` and ``over`` of a simulated show,
    ``true`` of a real one; ``speaker`` has a seat in ``live`` and in ``next``."""
    app = create_app(Settings(data=data, secret="k" * 40, **settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http,
    ):
        node: Node = app.state.node
        stage = ((Person("speaker", "speaker"), Role.SPEAKER),)
        for show, rooms in (("sim", ("live", "next", "scheduled", "over")), ("real", ("true",))):
            await node.create_show(Show(show, show, simulated=show == "sim"))
            for room in rooms:
                made = c.CreateRoom(HOST, room, show, RoomKind.SPACE, room, stage=stage)
                await node.rooms.create_room(made)
                if room != "scheduled":
                    await node.rooms.execute(room, c.OpenRoom(HOST))
        await node.rooms.execute("over", c.EndRoom(HOST))
        yield Door(node, http)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    """One node's door for one test."""
    async with opened(tmp_path / "data") as found:
        yield found


WHEP, WHIP = "/v1/rooms/live/whep", "/v1/rooms/live/whip"

# What is asked, and what has to be answered: method, address, who, body, headers; status, code,
# headers that have to be there. Addresses of sessions come in the next table.
ENDPOINT: dict[str, tuple[Any, ...]] = {
    "whep, created": ("POST", WHEP, "fan", offer(), SDP, 201, None),
    "whep, sendrecv is answered sendonly": ("POST", WHEP, "fan", offer("sendrecv"), SDP, 201, None),
    "whip, created": ("POST", WHIP, "speaker", offer("sendonly"), SDP, 201, None),
    "a media type has parameters": (
        "POST", WHEP, "fan", offer(), "Application/SDP; charset=utf-8", 201, None,
    ),
    "another media type": ("POST", WHEP, "fan", offer(), "application/json", 415, "bad_media_type"),
    "no media type": ("POST", WHEP, "fan", offer(), None, 415, "bad_media_type"),
    "no sdp": ("POST", WHEP, "fan", "hello", SDP, 400, "sdp_malformed"),
    "nothing": ("POST", WHEP, "fan", "", SDP, 400, "sdp_malformed"),
    "too much": ("POST", WHEP, "fan", "v=0\n" + "a=x\n" * SDP_LIMIT, SDP, 413, "sdp_too_large"),
    "whep, the client would send": (
        "POST", WHEP, "fan", offer("sendonly"), SDP, 422, "sdp_direction",
    ),
    "whep, neither way": ("POST", WHEP, "fan", offer("inactive"), SDP, 422, "sdp_direction"),
    "whip, the client would hear": (
        "POST", WHIP, "speaker", offer("recvonly"), SDP, 422, "sdp_direction",
    ),
    "whip, two tracks": (
        "POST", WHIP, "speaker", twice(offer("sendonly")), SDP, 422, "sdp_many_tracks",
    ),
    "whip, two streams": (
        "POST", WHIP, "speaker",
        offer("sendonly").replace("a=msid:- ", "a=msid:one t\r\na=msid:two "),
        SDP, 422, "sdp_many_tracks",
    ),
    "whip, a listener": ("POST", WHIP, "fan", offer("sendonly"), SDP, 403, "not_permitted"),
    "no token": ("POST", WHEP, None, offer(), SDP, 401, "unauthenticated"),
    "no such room": ("POST", "/v1/rooms/none/whep", "fan", offer(), SDP, 404, "no_such_room"),
    "not live yet": ("POST", "/v1/rooms/scheduled/whep", "fan", offer(), SDP, 409, "room_not_live"),
    "whip, before it is live": (
        "POST", "/v1/rooms/scheduled/whip", "speaker", offer("sendonly"), SDP, 201, None,
    ),
    "over": ("POST", "/v1/rooms/over/whep", "fan", offer(), SDP, 409, "room_over"),
    "head": ("HEAD", WHEP, None, "", None, 200, None),
    "whip, head": ("HEAD", WHIP, None, "", None, 200, None),
    "head of no room": ("HEAD", "/v1/rooms/none/whep", None, "", None, 404, None),
    "options": ("OPTIONS", WHEP, None, "", None, 200, None),
    "whip, options": ("OPTIONS", WHIP, None, "", None, 200, None),
    "get": ("GET", WHEP, "fan", "", None, 405, "method_not_allowed"),
    "put": ("PUT", WHIP, "speaker", offer(), SDP, 405, "method_not_allowed"),
}  # fmt: skip


def _marks(answer: httpx.Response, code: str | None) -> None:
    """What every answer has, and what every refusal has."""
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert {"Location", "ETag", "Link", "Retry-After"} <= set(exposed)
    assert answer.headers["x-content-type-options"] == "nosniff"
    if code is not None:
        assert answer.headers["content-type"] == "application/problem+json"
        told = answer.json()
        assert (told["code"], told["status"]) == (code, answer.status_code)
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
    if answer.status_code == 405:
        assert "OPTIONS" in answer.headers["allow"]
    wait = answer.headers.get("retry-after")
    assert (wait is not None) == (answer.status_code in (429, 503) or code == "room_not_live")
    assert wait is None or int(wait) > 0


@pytest.mark.parametrize("row", ENDPOINT)
async def test_an_endpoint_answers_as_specified(door: Door, row: str) -> None:
    method, path, who, body, kind, status, code = ENDPOINT[row]
    headers = {} if kind is None else {"content_type": kind}
    answer = await door.ask(method, path, who, body, **headers)
    assert (answer.status_code, row) == (status, row), answer.text
    _marks(answer, code)
    if status == 201:
        kind = path.rpartition("/")[2]
        assert answer.headers["content-type"] == SDP
        assert re.fullmatch(rf"/v1/{kind}/[\w-]{{24}}", answer.headers["location"])
        assert re.fullmatch(r'"[^"]+"', answer.headers["etag"])
        lines = answer.text.split("\r\n")
        assert ("a=sendonly" if kind == "whep" else "a=recvonly") in lines
        assert {"a=rtcp-mux", "a=group:BUNDLE 0", "a=end-of-candidates"} <= set(lines)
        assert any(line.startswith("a=candidate:") for line in lines)
    else:
        assert sum((await door.participants()).values()) == 0, "nobody came in"
    if method == "HEAD":
        assert answer.content == b""
        if status == 200:
            assert answer.headers["content-type"] == SDP
    if method == "OPTIONS":
        assert answer.headers["accept-post"] == SDP
        _preflight(answer, "POST")


def _preflight(answer: httpx.Response, *methods: str) -> None:
    assert set(methods) <= set(answer.headers["access-control-allow-methods"].split(", "))
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"Authorization", "Content-Type", "If-Match"} <= set(allowed)
    assert "link" not in answer.headers


SAME = CANDIDATE.format(password=PASSWORD)
FRESH = SAME.replace("abcd", "efgh")
_P = "PATCH"
# Method, who, body, media type, If-Match (``tag``: the session's own); status, code.
SESSION: dict[str, tuple[Any, ...]] = {
    "candidates": (_P, "m", SAME, FRAGMENT, "tag", 204, None),
    "candidates, whatever the tag": (_P, "m", SAME, FRAGMENT, "*", 204, None),
    "candidates, of several tags": (_P, "m", SAME, FRAGMENT, '"x", tag', 204, None),
    "candidates nobody could use": (
        _P, "m", "a=ice-ufrag:abcd\r\na=candidate:nonsense\r\n", FRAGMENT, "tag", 204, None,
    ),
    "candidates without If-Match": (_P, "m", SAME, FRAGMENT, None, 428, "precondition_required"),
    "candidates of another session": (_P, "m", SAME, FRAGMENT, '"x"', 412, "precondition_failed"),
    "restart": (_P, "m", FRESH, FRAGMENT, "*", 200, None),
    "restart of another session": (_P, "m", FRESH, FRAGMENT, '"x"', 412, "precondition_failed"),
    "restart without a password": (
        _P, "m", "a=ice-ufrag:efgh\r\n", FRAGMENT, "*", 400, "bad_fragment",
    ),
    "restart with a bad password": (
        _P, "m", "a=ice-ufrag:efgh\r\na=ice-pwd:short\r\n", FRAGMENT, "*", 400, "bad_fragment",
    ),
    "no fragment": (_P, "m", "nonsense", FRAGMENT, "tag", 400, "bad_fragment"),
    "another media type": (_P, "m", SAME, SDP, "tag", 415, "bad_media_type"),
    "patched by another": (_P, "another", SAME, FRAGMENT, "tag", 403, "forbidden"),
    "patched by nobody": (_P, None, SAME, FRAGMENT, "tag", 401, "unauthenticated"),
    "deleted by another": ("DELETE", "another", "", None, None, 403, "forbidden"),
    "deleted by nobody": ("DELETE", None, "", None, None, 401, "unauthenticated"),
    "deleted": ("DELETE", "m", "", None, None, 200, None),
    "deleted, whatever the tag": ("DELETE", "m", "", None, '"x"', 200, None),
    "got": ("GET", "m", "", None, None, 204, None),
    "headed": ("HEAD", "m", "", None, None, 204, None),
    "got by nobody": ("GET", None, "", None, None, 401, "unauthenticated"),
    "options": ("OPTIONS", None, "", None, None, 200, None),
    "posted": ("POST", "m", offer(), SDP, None, 405, "method_not_allowed"),
}  # fmt: skip


@pytest.mark.parametrize("row", SESSION)
@pytest.mark.parametrize("kind", ["whep", "whip"])
async def test_a_session_answers_as_specified(door: Door, kind: str, row: str) -> None:
    method, who, body, media, match, status, code = SESSION[row]
    who = "speaker" if who == "m" else who
    made = await door.post("speaker", kind=kind)
    path, tag = made.headers["location"], made.headers["etag"]
    headers = {} if media is None else {"content_type": media}
    if match is not None:
        headers["if_match"] = match.replace("tag", tag)
    answer = await door.ask(method, path, who, body, **headers)
    assert (answer.status_code, row) == (status, row), answer.text
    _marks(answer, code)
    if method == "OPTIONS":
        _preflight(answer, "PATCH", "DELETE")
        assert answer.headers["accept-patch"] == FRAGMENT
    if status == 204:
        assert answer.content == b""
        assert method != "PATCH" or "etag" not in answer.headers
    gone = method == "DELETE" and status == 200
    again = await door.ask("GET", path, "speaker")
    assert again.status_code == (404 if gone else 204)
    assert door.node.sound.stats().sessions == (0 if gone else 1)
    if row == "restart":
        assert answer.headers["content-type"] == FRAGMENT
        assert answer.headers["etag"] not in ("", tag)
        lines = answer.text.split("\r\n")
        assert {"a=ice-lite", "a=mid:0", "a=end-of-candidates"} <= set(lines)
        was = re.findall(r"a=ice-(?:ufrag|pwd):\S+", made.text)
        assert not set(was) & set(lines)
        assert any(line.startswith("a=candidate:") for line in lines)
        assert again.headers["etag"] == answer.headers["etag"]
        old = await door.ask(_P, path, "speaker", FRESH, content_type=FRAGMENT, if_match=tag)
        assert old.status_code == 412
    elif not gone:
        assert again.headers["etag"] == tag, "what failed has changed nothing"


async def test_a_session_is_of_its_own_kind(door: Door) -> None:
    path = (await door.post("speaker", kind="whep")).headers["location"]
    wrong = await door.ask("DELETE", path.replace("whep", "whip"), "speaker")
    assert (wrong.status_code, wrong.json()["code"]) == (404, "no_such_session")
    socket = await door.node.members.join(door.node.mint.check(_token(door, "fan")), "live")
    found = await door.ask("DELETE", f"/v1/whep/{socket.connection}", "fan")
    assert found.status_code == 404, "a socket's connection is no session"


def _token(door: Door, who: str) -> str:
    return door.auth(who)["Authorization"].removeprefix("Bearer ")


async def test_nobody_takes_a_session_up_by_socket(door: Door) -> None:
    session = (await door.post("fan")).headers["location"].rpartition("/")[2]
    assert door.node.members.resume(session, door.node.mint.check(_token(door, "fan"))) is None


async def test_a_member_counts_once(door: Door) -> None:
    sessions = [(await door.post("fan")).headers["location"] for _ in range(3)]
    await door.post("other")
    assert (await door.participants())["live"] == 2
    for path in sessions[:2]:
        await door.ask("DELETE", path)
    assert (await door.participants())["live"] == 2
    await door.ask("DELETE", sessions[2])
    assert (await door.participants())["live"] == 1
    assert len(door.node.hub) == 1


async def test_a_simulating_token_carries_any_number(door: Door) -> None:
    headers = door.auth("load", grants=("simulate",)) | {"Content-Type": SDP}
    answers = [await door.http.post(WHEP, content=offer(), headers=headers) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [201] * 5
    assert (await door.participants())["live"] == 5
    members = {one.member for one in door.node.hub.in_room("live")}
    assert all(re.fullmatch(r"sim-[0-9a-f]{16}", member) for member in members)
    gone = await door.http.delete(answers[0].headers["location"], headers=headers)
    assert gone.status_code == 200
    assert (await door.participants())["live"] == 4
    real = await door.http.post("/v1/rooms/true/whep", content=offer(), headers=headers)
    assert (real.status_code, real.json()["code"]) == (403, "forbidden")


async def test_the_audience_is_handed_over_and_keeps_its_sessions(door: Door) -> None:
    path = (await door.post("fan")).headers["location"]
    node = door.node
    await node.rooms.execute("live", c.OfferHandoff(HOST, "h", "next", "sim", True, 0.0))

    def closed() -> bool:
        handoff = node.rooms.room("live").handoff
        return handoff is not None and handoff.phase is HandoffPhase.CLOSED

    await door.until(closed)
    assert (await door.participants())["next"] == 1
    session = path.rpartition("/")[2]
    assert [one.connection for one in node.hub.in_room("next")] == [session]
    assert (await door.ask("DELETE", path)).status_code == 200
    assert sum((await door.participants()).values()) == 0


async def test_a_room_s_end_is_everybody_s(door: Door) -> None:
    paths = [(await door.post(f"fan{n}")).headers["location"] for n in range(3)]
    paths.append((await door.post("speaker", kind="whip")).headers["location"])
    await door.node.rooms.execute("live", c.EndRoom(HOST))
    await door.until_empty()
    assert door.node.sound.stats().sessions == 0
    who = ["fan0", "fan1", "fan2", "speaker"]
    answers = [await door.ask("GET", path, one) for path, one in zip(paths, who, strict=True)]
    assert [answer.status_code for answer in answers] == [404] * 4


async def test_a_listener_who_never_comes_is_gone(tmp_path: Path) -> None:
    async with opened(tmp_path / "data", session_timeout=0.5) as door:
        path = (await door.post("fan")).headers["location"]
        await door.until_empty()
        assert (await door.ask("DELETE", path)).status_code == 404


async def test_an_encoder_opens_its_microphone_and_may_come_back(tmp_path: Path) -> None:
    async with opened(tmp_path / "data", resume_seconds=30.0) as door:
        node = door.node
        assert node.rooms.room("live").seats["speaker"].muted
        path = (await door.post("speaker", kind="whip")).headers["location"]
        assert not node.rooms.room("live").seats["speaker"].muted
        await door.ask("DELETE", path, "speaker")
        assert node.sound.stats().sessions == 0
        assert (await door.participants())["live"] == 1, "the seat is kept for a while"
        again = (await door.post("speaker", kind="whip")).headers["location"]
        await node.rooms.execute("live", c.Demote(HOST, "speaker"))
        await door.ask("DELETE", again, "speaker")
        other = await door.post("speaker", kind="whip")
        assert other.json()["code"] == "not_permitted"


async def test_an_encoder_that_stays_away_gives_up_its_seat(tmp_path: Path) -> None:
    async with opened(tmp_path / "data", resume_seconds=0.1) as door:
        path = (await door.post("speaker", kind="whip")).headers["location"]
        await door.ask("DELETE", path, "speaker")
        await door.until(lambda: "speaker" not in door.node.rooms.room("live").seats)
        await door.until_empty()


async def test_an_encoder_is_heard_where_it_is_moved_to(door: Door) -> None:
    await door.post("speaker", kind="whip")
    node = door.node
    await node.rooms.execute("live", c.OfferHandoff(HOST, "h", "next", "sim", True, 0.0))
    await door.until(lambda: not node.rooms.room("next").seats["speaker"].muted)


async def test_a_busy_node_says_when_to_come_back(tmp_path: Path) -> None:
    async with opened(tmp_path / "data", joins_in_progress=2) as door:
        answers = [await door.post(f"fan{n}") for n in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 503]
        _marks(answers[2], "busy")
        assert (await door.participants())["live"] == 2
        await door.ask("DELETE", answers[0].headers["location"], "fan0")
        assert (await door.post("fan3")).status_code == 201


async def test_one_address_joins_only_so_fast_unless_it_simulates(tmp_path: Path) -> None:
    async with opened(tmp_path / "data", joins_per_second=0.1) as door:
        assert (await door.post("fan")).status_code == 201
        refused = await door.post("fan")
        assert refused.status_code == 429
        _marks(refused, "rate_limited")
        headers = door.auth("load", grants=("simulate",)) | {"Content-Type": SDP}
        assert (await door.http.post(WHEP, content=offer(), headers=headers)).status_code == 201


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PATCH"])
@pytest.mark.parametrize("who", ["fan", None])
async def test_one_address_asks_of_sessions_only_so_fast(
    tmp_path: Path, method: str, who: str | None
) -> None:
    rates = {"reads_per_second": 0.1, "writes_per_second": 0.1}
    async with opened(tmp_path / "data", **rates) as door:
        first = await door.ask(method, "/v1/whep/none", who)
        assert first.status_code == (401 if who is None else 404)
        refused = await door.ask(method, "/v1/whep/none", who)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 1
        headers = door.auth("load", grants=("simulate",))
        simulated = await door.http.request(method, "/v1/whep/none", headers=headers)
        assert simulated.status_code == 404


async def test_a_full_or_stopping_node_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path / "data", max_members=1) as door:
        await door.post("fan")
        full = await door.post("other")
        assert full.status_code == 503
        _marks(full, "server_full")
        door.node.stopping = True
        _marks(await door.post("other"), "shutting_down")


async def test_a_fault_tells_nothing_of_itself(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(guests, "begin", fail)
    answer = await door.post("fan")
    assert answer.status_code == 500
    _marks(answer, "internal")
    assert "secret" not in answer.text


async def test_nothing_is_posted_to_whoever_has_no_socket(door: Door) -> None:
    await door.post("fan")
    node = door.node
    assert node.hub.sockets() == node.hub.sockets_in("live") == []
    connection = node.hub.in_room("live")[0]
    await node.rooms.execute("live", c.Unmute(HOST))
    assert not connection.outbox._waiting
    assert not connection.outbox._latest


def test_the_protocol_page_says_the_same() -> None:
    chapter = section("WHIP and WHEP")
    for code in ticked(chapter):
        if re.fullmatch(r"[a-z]+(_[a-z]+)+", code):
            assert code in PROBLEMS, code
    for status, code in re.findall(r"\b(4\d\d|503) `([a-z_]+)`", chapter):
        assert PROBLEMS[code][0] == int(status), code
    settings = Settings()
    assert dict(rows("Limits"))["media handshakes of the whole server"] == (
        f"{settings.handshakes_per_second} a second, fewer under load; "
        f"{settings.joins_in_progress:,} under way; then `busy`"
    )
    assert f"kept in the room for {settings.resume_seconds:.0f} s more" in chapter
    assert f"authenticates nothing for {settings.session_timeout:.0f} s" in chapter
