"""Every address, by everybody: what is forbidden is refused with its code and changes nothing.

The rows are held against the addresses that the application serves: a new one without a row fails.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from tests.core.test_permissions import MESSAGES
from tests.e2e.cast import BEARERS, ROLES, Cast, open_cast
from tests.e2e.conftest import Server
from tests.e2e.test_permissions_socket import fields
from tests.node.doors.test_webrtc_http import CANDIDATE, FRAGMENT, PASSWORD, SDP, offer

from afterparty.node.doors.app import PAGES, create_app
from afterparty.node.doors.webrtc_http import ADDRESSES
from afterparty.node.ground.settings import Settings

ALL = frozenset(BEARERS)


@dataclass(frozen=True)
class Row:
    """Who may ask one thing of one address; everybody else is refused as ``codes`` says."""

    may: frozenset[str]
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    """Where it is another code than `_REFUSED` has for the bearer."""
    fresh: bool = False
    """Each bearer's body names something of their own."""
    taped: bool = False
    """It is asked of a room that was recorded."""
    once: bool = False
    """What was done cannot be done again: each who may has a room, or a season, of their own."""


def row(*may: str, **more: Any) -> Row:
    """A row by names of bearers."""
    return Row(frozenset(may), **more)


_REFUSED = {"none": "unauthenticated", "forged": "bad_token"}

_SPEAKS = {"content_type": SDP}
_TRICKLES = {"content_type": FRAGMENT, "if_match": "*"}
_SEATLESS = dict.fromkeys(("listener", "anonymous", "admin", "stranger"), "not_permitted")

ACCOUNTS = ("host", "cohost", "speaker", "listener", "admin", "stranger", "lowered")
NO_ACCOUNT = {"anonymous": "anonymous_listens"}
_NOT_THERE = {"anonymous": "anonymous_listens", "admin": "not_in_room"}
_ASKERS = {"host": "speaker", "cohost": "listener", "stranger": "stranger"}
"""Who asked the question that each bearer takes away; any other bearer tries the stranger's."""

ROWS: dict[tuple[str, str], Row] = {
    ("GET", "/v1/server"): Row(ALL),
    ("POST", "/v1/token"): Row(ALL, {}),
    ("GET", "/v1/shows"): Row(ALL),
    ("POST", "/v1/shows"): row(
        "host", "stranger", "lowered", body={"show": "NEW", "title": "New"}, fresh=True
    ),
    ("GET", "/v1/shows/{show}"): Row(ALL),
    ("GET", "/v1/shows/{show}/counts"): Row(ALL),
    ("GET", "/v1/shows/{show}/members"): row("host", "admin", "lowered"),
    # What those may who made the show and may simulate, nobody else may; see also below.
    ("POST", "/v1/shows/{show}/crowd"): row(
        "host", "lowered", body={"enter": {"ROOM": ["fan"]}, "leave": ["nobody"]}
    ),
    ("POST", "/v1/shows/{show}/rooms"): row(
        "host", "stranger", body={"room": "NEW", "kind": "space", "title": "New"}, fresh=True
    ),
    ("GET", "/v1/rooms"): Row(ALL),
    ("GET", "/v1/rooms/{room}"): Row(ALL),
    ("GET", "/v1/rooms/{room}/events"): Row(ALL),
    # One command for the token's part; what each role may is in test_permissions_table.
    ("POST", "/v1/rooms/{room}/commands"): row(
        "host", "cohost", "speaker", body={"type": "mute"}, codes=_SEATLESS
    ),
    ("GET", "/v1/rooms/{room}/handoffs/{handoff}"): row("host", "admin"),
    ("GET", "/v1/rooms/{room}/guests"): row(*ROLES, "admin", "stranger", "lowered"),
    # In a Blueroom; a stranger is there, has a request waiting, and has asked.
    ("GET", "/v1/rooms/{room}/questions"): Row(ALL),
    ("POST", "/v1/rooms/{room}/questions"): row(
        "host", "cohost", "speaker", "listener", "stranger",
        body={"text": "What next?"}, codes=_NOT_THERE,
    ),
    ("PUT", "/v1/rooms/{room}/questions/{question}/vote"): row(
        "host", "cohost", "speaker", "listener", codes={"stranger": "not_permitted", **_NOT_THERE}
    ),
    ("DELETE", "/v1/rooms/{room}/questions/{question}/vote"): row(
        "host", "cohost", "speaker", "listener", "stranger", codes=_NOT_THERE
    ),
    ("DELETE", "/v1/rooms/{room}/questions/{question}"): row(
        "host", "cohost", "stranger",
        codes=dict.fromkeys(("speaker", "listener", "anonymous", "admin"), "not_permitted"),
    ),
    ("GET", "/v1/rooms/{room}/recording"): Row(ALL, taped=True),
    ("GET", "/v1/rooms/{room}/recording.ogg"): Row(ALL, taped=True),
    ("HEAD", "/v1/rooms/{room}/recording.ogg"): Row(ALL, taped=True),
    ("PATCH", "/v1/rooms/{room}/recording"): row("host", "admin", body={"start": 0.1}, taped=True),
    ("DELETE", "/v1/rooms/{room}/recording"): row("host", "admin", taped=True, once=True),
    ("POST", "/v1/rooms/{room}/recording/plays"): row(
        *ROLES, "admin", "stranger", "lowered", taped=True
    ),
    ("POST", "/v1/rooms/{room}/clips"): row(
        "host", "cohost", "speaker", "listener", "admin", "stranger", "lowered", taped=True,
        body={"start": 0.1, "seconds": 1}, codes={"anonymous": "anonymous_listens"},
    ),
    ("GET", "/v1/rooms/{room}/clips"): Row(ALL, taped=True),
    ("GET", "/v1/clips/{clip}"): Row(ALL, taped=True),
    ("GET", "/v1/clips/{clip}.ogg"): Row(ALL, taped=True),
    ("HEAD", "/v1/clips/{clip}.ogg"): Row(ALL, taped=True),
    # It is the listener's.
    ("DELETE", "/v1/clips/{clip}"): row("listener", "host", "admin", taped=True, once=True),
    ("GET", "/v1/records"): Row(ALL),
    ("POST", "/v1/records"): row(
        "host", "admin", "lowered",
        body={"kind": "loadtest", "title": "T", "listeners": 9, "entry": "NEW"}, fresh=True,
    ),
    ("GET", "/v1/seasons"): Row(ALL),
    ("POST", "/v1/seasons"): row(
        "host", "admin", "lowered",
        body={"season": "NEW", "title": "T", "since": 0.0, "until": 9.0}, fresh=True,
    ),
    ("GET", "/v1/seasons/{season}"): Row(ALL),
    # It is the host's.
    ("DELETE", "/v1/seasons/{season}"): row("host", "admin", "lowered", once=True),
    ("POST", "/v1/seasons/{season}/records"): row(
        "host", "admin", "lowered", body={"title": "T", "listeners": 9, "at": 5.0}
    ),
    # What belongs to an account; the token's ceiling does not matter, its show does.
    ("GET", "/v1/me"): row(*ACCOUNTS, codes=NO_ACCOUNT),
    ("PUT", "/v1/me/follows/{member}"): row(*ACCOUNTS, codes=NO_ACCOUNT),
    ("DELETE", "/v1/me/follows/{member}"): row(*ACCOUNTS, codes=NO_ACCOUNT),
    ("PUT", "/v1/me/blocks/{member}"): row(*ACCOUNTS, codes=NO_ACCOUNT),
    ("DELETE", "/v1/me/blocks/{member}"): row(*ACCOUNTS, codes=NO_ACCOUNT),
    ("PUT", "/v1/me/reminders/{room}"): row(*ACCOUNTS, codes=NO_ACCOUNT),
    ("DELETE", "/v1/me/reminders/{room}"): row(*ACCOUNTS, codes=NO_ACCOUNT),
    ("PUT", "/v1/me/series/{series}"): row(*ACCOUNTS, codes=NO_ACCOUNT),
    ("DELETE", "/v1/me/series/{series}"): row(*ACCOUNTS, codes=NO_ACCOUNT),
    ("GET", "/v1/me/notices"): row(*ACCOUNTS, codes=NO_ACCOUNT),
    ("GET", "/v1/series"): Row(ALL),
    ("POST", "/v1/series"): row(
        "host", "stranger", "lowered", body={"series": "NEW", "title": "New"}, fresh=True
    ),
    ("GET", "/v1/series/{series}"): Row(ALL),
    ("GET", "/v1/rooms/{room}/audit"): row("host", "cohost", "admin"),
    ("POST", "/v1/rooms/{room}/reports"): row(
        "host", "cohost", "speaker", "listener", "stranger", "lowered", body={"reason": "R"},
        codes={"anonymous": "anonymous_listens", "admin": "not_in_room"},
    ),
    ("GET", "/v1/reports"): row("admin"),
    ("DELETE", "/v1/reports/{report}"): row("admin"),
    ("POST", "/v1/webhooks"): row("admin", body={"url": "http://127.0.0.1:9/"}),
    ("GET", "/v1/webhooks"): row("admin"),
    ("GET", "/v1/webhooks/{webhook}"): row("admin"),
    ("DELETE", "/v1/webhooks/{webhook}"): row("admin"),
    # Who may simulate comes as somebody simulated, to whom no ceiling is too low.
    ("POST", "/v1/rooms/{room}/whep"): row(
        *ROLES, "admin", "stranger", "lowered", body=offer("recvonly"), headers=_SPEAKS
    ),
    ("HEAD", "/v1/rooms/{room}/whep"): Row(ALL),
    ("OPTIONS", "/v1/rooms/{room}/whep"): Row(ALL),
    ("POST", "/v1/rooms/{room}/whip"): row(
        "host", "cohost", "speaker", body=offer("sendonly"), headers=_SPEAKS,
        codes={**_SEATLESS, "astray": "not_permitted"},
    ),
    ("HEAD", "/v1/rooms/{room}/whip"): Row(ALL),
    ("OPTIONS", "/v1/rooms/{room}/whip"): Row(ALL),
    # A session of the listener, or by WHIP of the speaker.
    ("PATCH", "/v1/whep/{session}"): row(
        "listener", body=CANDIDATE.format(password=PASSWORD), headers=_TRICKLES
    ),
    ("GET", "/v1/whep/{session}"): row("listener"),
    ("HEAD", "/v1/whep/{session}"): row("listener"),
    ("OPTIONS", "/v1/whep/{session}"): Row(ALL),
    ("DELETE", "/v1/whep/{session}"): row("listener"),
    ("PATCH", "/v1/whip/{session}"): row(
        "speaker", body=CANDIDATE.format(password=PASSWORD), headers=_TRICKLES
    ),
    ("GET", "/v1/whip/{session}"): row("speaker"),
    ("HEAD", "/v1/whip/{session}"): row("speaker"),
    ("OPTIONS", "/v1/whip/{session}"): Row(ALL),
    ("DELETE", "/v1/whip/{session}"): row("speaker"),
    ("GET", "/v1/openapi.json"): Row(ALL),
    ("HEAD", "/v1/openapi.json"): Row(ALL),
    ("GET", "/problems/{code}"): Row(ALL),
    ("GET", "/healthz"): Row(ALL),
    ("GET", "/readyz"): Row(ALL),
    ("GET", "/metrics"): Row(ALL),
    **{("GET", page): Row(ALL) for page in PAGES},
    ("GET", "/"): Row(ALL),
}  # fmt: skip

ELSEWHERE = {("WEBSOCKET", "/v1/ws")}
"""Has a module of its own: test_permissions_socket."""


def served() -> set[tuple[str, str]]:
    """Every method of every address that the application answers to."""
    found: set[tuple[str, str]] = set()
    for route in iter_route_contexts(create_app(Settings()).routes):
        if route.methods is not None:
            found |= {(method, str(route.path)) for method in route.methods}
        elif route.path:
            found.add(("WEBSOCKET", route.path))
        else:  # the browser client's files
            found.add(("GET", "/"))
    return found | {(m, path) for path, methods in ADDRESSES.items() for m in methods}


def test_every_address_has_a_row() -> None:
    assert set(ROWS) | ELSEWHERE == served()


@pytest.mark.parametrize(("method", "path"), ROWS, ids=lambda part: part.replace("/", "."))
async def test_an_address_is_open_to_whom_its_row_names(
    server: Server, method: str, path: str
) -> None:
    found = ROWS[method, path]
    async with open_cast(server.url, f"rest-{list(ROWS).index((method, path))}") as cast:
        place = await (_taped(cast, "taped") if found.taped else _place(cast))
        place |= await _named(cast, path)
        before = await cast.state()
        for who in BEARERS:
            if who not in found.may:
                answer = await _ask(cast, who, method, path, place)
                code = found.codes.get(who) or _REFUSED.get(who, "forbidden")
                assert answer.is_client_error, (who, answer)
                if method != "HEAD":
                    assert answer.json()["code"] == code, (who, answer.text)
                assert await cast.state() == before, who
        for who in sorted(found.may):
            if found.once:
                place = await (_taped(cast, who) if found.taped else _season(cast, who))
            answer = await _ask(cast, who, method, path, place)
            assert answer.is_success, (who, answer.status_code, answer.text)


async def _place(cast: Cast) -> dict[str, str]:
    """Everything that an address can name: a live room that is being handed over, two guests."""
    room, following = await cast.room("room", "live"), await cast.room("next", "live")
    await cast.command("host", room, "offer_handoff", to_room=following, seconds=600)
    found = (await cast.done("none", "GET", f"/v1/rooms/{room}"))["room"]
    place = {"show": cast.show, "room": room, "handoff": found["handoff"]["handoff"]}
    place |= {"soon": await cast.room("soon", "scheduled"), "member": "somebody"}
    place["series"] = f"{cast.show}-series"
    await cast.done("host", "POST", "/v1/series", {"series": place["series"], "title": "T"})
    place |= await _season(cast, "season")
    place["blue"] = await cast.room("blue", "live", "blueroom")
    for who in set(ROLES) | set(_ASKERS.values()):
        await cast.stack.enter_async_context(cast.joined(who, place["blue"]))
    for who, asker in _ASKERS.items():
        path, body = f"/v1/rooms/{place['blue']}/questions", {"text": f"What, {who}?"}
        place[f"asked-{who}"] = (await cast.done(asker, "POST", path, body))["question"]
    for kind, who, way in (("whep", "listener", "recvonly"), ("whip", "speaker", "sendonly")):
        answer = await cast.ask(who, "POST", f"/v1/rooms/{room}/{kind}", offer(way), **_SPEAKS)
        assert answer.status_code == 201, answer.text
        place[kind] = answer.headers["location"].rsplit("/", 1)[1]
    # The ledger opens soon after the log says so; whoever answers the offer waits for it.
    fan = await cast.stack.enter_async_context(cast.joined("anonymous", room))
    assert (await fan.ask("stay"))["type"] == "ok"
    return {**place, "code": "forbidden"}


async def _season(cast: Cast, name: str) -> dict[str, str]:
    """A season of the host's."""
    season = f"{cast.show}-{name}"
    body = {"season": season, "title": "T", "since": 0.0, "until": 9.0}
    await cast.done("host", "POST", "/v1/seasons", body)
    return {"season": season}


async def _taped(cast: Cast, name: str) -> dict[str, str]:
    """A room that is over and was recorded, though nobody spoke, and a clip of a listener's."""
    room = await cast.room(name, "live", recording=True)
    path = f"/v1/rooms/{room}/recording"
    async with asyncio.timeout(30), cast.joined("listener", room):
        while True:
            found = await cast.ask("none", "GET", path)
            if found.is_success and found.json()["seconds"] > 1.5:
                break
            await asyncio.sleep(0.1)
    body = {"start": 0.1, "seconds": 1}
    clip = (await cast.done("listener", "POST", f"/v1/rooms/{room}/clips", body))["clip"]
    await cast.over(room)
    async with asyncio.timeout(30):
        while (await cast.done("none", "GET", path))["state"] != "ready":  # noqa: ASYNC110 - asked of the server
            await asyncio.sleep(0.1)
    return {"room": room, "clip": clip}


async def _named(cast: Cast, path: str) -> dict[str, str]:
    """What only the addresses of some things name, made if this is one of them."""
    if "{webhook}" in path:
        body = {"url": "http://127.0.0.1:9/"}
        return {"webhook": (await cast.done("admin", "POST", "/v1/webhooks", body))["webhook"]}
    if "{report}" in path:
        reports = f"/v1/rooms/{cast.rooms[0]}/reports"
        made = await cast.done("host", "POST", reports, {"reason": "R"})
        return {"report": str(made["report"])}
    return {}


async def _ask(cast: Cast, who: str, method: str, path: str, place: dict[str, str]) -> Any:
    found = ROWS[method, path]
    names = {"clip": "any", **place, "session": place.get("whip" if "whip" in path else "whep", "")}
    if "reminders" in path:
        names["room"] = place["soon"]
    if "/questions" in path:
        asked = place.get(f"asked-{who}") if path.endswith("{question}") else None
        names |= {"room": place["blue"], "question": asked or place["asked-stranger"]}
    body = found.body
    if path.endswith("/crowd"):
        body = {**body, "enter": {place["room"]: body["enter"]["ROOM"]}}
    if found.fresh:
        new = f"{cast.show}-{who}"
        body = {key: new if value == "NEW" else value for key, value in body.items()}
    return await cast.ask(who, method, path.format(**names), body, **found.headers)


@pytest.mark.parametrize("who", ["elsewhere", "astray", "confined", "lowered", "none", "forged"])
async def test_no_command_is_taken_with_a_token_that_is_not_good_for_it(
    server: Server, who: str
) -> None:
    async with open_cast(server.url, f"token-{who}") as cast:
        room = await cast.room("room", "live")
        await cast.room("next", "live")
        before = await cast.state()
        for kind in MESSAGES:
            body = {"type": kind, **fields(cast, kind)}
            answer = await cast.ask(who, "POST", f"/v1/rooms/{room}/commands", body)
            assert answer.json()["code"] == _REFUSED.get(who, "forbidden"), (kind, answer.text)
        assert await cast.state() == before


async def test_simulated_shows_are_made_by_those_who_may_simulate(server: Server) -> None:
    async with open_cast(server.url, "simulated") as cast:
        before = await cast.state()
        for who in sorted(set(BEARERS) - {"host", "lowered"}):
            body = {"show": f"simulated-{who}", "title": "T", "simulated": True}
            answer = await cast.ask(who, "POST", "/v1/shows", body)
            assert answer.json()["code"] == _REFUSED.get(who, "forbidden"), (who, answer.text)
        assert await cast.state() == before


async def test_simulated_members_come_by_those_who_may_simulate_into_simulated_shows(
    server: Server,
) -> None:
    async with open_cast(server.url, "crowd") as cast:
        room = await cast.room("room", "live")
        for who, grants in (("boss", ["simulate", "admin"]), ("rival", ["host", "simulate"])):
            asked = {"handle": who, "grants": grants}
            cast.tokens[who] = (await cast.done("none", "POST", "/v1/token", asked))["token"]
        true = {"show": "crowd-true", "title": "T"}
        await cast.done("host", "POST", "/v1/shows", true)
        real = {"room": "crowd-true-room", "kind": "space", "title": "T"}
        await cast.done("host", "POST", "/v1/shows/crowd-true/rooms", real)
        before = await cast.state()
        for who, show, into, code in (
            ("rival", cast.show, room, "forbidden"),
            ("host", "crowd-true", "crowd-true-room", "forbidden"),
            ("boss", "crowd-true", "crowd-true-room", "forbidden"),
            ("host", cast.show, "crowd-true-room", "no_such_room"),
            ("host", "crowd-nothing", room, "no_such_show"),
        ):
            step = {"enter": {into: ["fan"]}}
            answer = await cast.ask(who, "POST", f"/v1/shows/{show}/crowd", step)
            assert answer.json()["code"] == code, (who, show, into, answer.text)
        assert await cast.state() == before
        step = {"enter": {room: ["fan"]}}
        reply = await cast.done("boss", "POST", f"/v1/shows/{cast.show}/crowd", step)
        assert (reply["changed"], reply["rooms"][room]["simulated"]) == (1, 1)


@pytest.mark.parametrize("grants", [["host"], ["host", "simulate", "admin"]])
async def test_somebody_anonymous_makes_nothing_whatever_the_token_grants(
    server: Server, grants: list[str]
) -> None:
    async with open_cast(server.url, f"anonymous-{len(grants)}") as cast:
        reply = await cast.done("none", "POST", "/v1/token", {"grants": grants})
        cast.tokens["granted"] = reply["token"]
        before = await cast.state()
        show = {"show": "anonymous-new", "title": "T"}
        room = {"room": "anonymous-new", "kind": "space", "title": "T"}
        for path, body in (("/v1/shows", show), (f"/v1/shows/{cast.show}/rooms", room)):
            answer = await cast.ask("granted", "POST", path, body)
            assert answer.json()["code"] == "anonymous_listens", (path, answer.text)
        assert await cast.state() == before


async def test_whose_season_it_is_not_tells_nothing_into_it(server: Server) -> None:
    async with open_cast(server.url, "season") as cast:
        name = f"{cast.show}-season"
        body = {"season": name, "title": "T", "since": 0.0, "until": 9.0}
        await cast.done("admin", "POST", "/v1/seasons", body)
        told = {"title": "T", "listeners": 9, "at": 5.0}
        answer = await cast.ask("host", "POST", f"/v1/seasons/{name}/records", told)
        assert answer.json()["code"] == "forbidden"
        answer = await cast.ask("host", "DELETE", f"/v1/seasons/{name}")
        assert answer.json()["code"] == "forbidden"
        assert (await cast.done("none", "GET", f"/v1/seasons/{name}"))["top"] == []


async def test_shows_and_rooms_are_put_into_a_season_by_its_maker_its_hosts_and_admins(
    server: Server,
) -> None:
    async with open_cast(server.url, "into") as cast:
        for who, grants in (
            ("maker", ["host", "simulate"]),
            ("invited", ["host", "simulate"]),
            ("rival", ["host", "simulate"]),
            ("boss", ["host", "admin"]),
        ):
            asked = {"handle": f"into-{who}", "grants": grants}
            cast.tokens[who] = (await cast.done("none", "POST", "/v1/token", asked))["token"]
        season = {"season": "into", "title": "T", "since": 0.0, "until": 9.0}
        await cast.done("maker", "POST", "/v1/seasons", season | {"hosts": ["into-invited"]})

        def show(who: str) -> dict[str, Any]:
            simulated = who != "boss"  # nobody else has one that is not
            return {"show": f"into-{who}", "title": "T", "season": "into", "simulated": simulated}

        def room(who: str) -> dict[str, Any]:
            return {"room": f"into-{who}-room", "kind": "space", "title": "T"}

        for who in ("maker", "invited", "boss"):
            await cast.done(who, "POST", "/v1/shows", show(who))
            await cast.done(who, "POST", "/v1/shows/into-maker/rooms", room(who))
        before = await cast.state()
        for path, body in (
            ("/v1/shows", show("rival")),
            ("/v1/shows/into-maker/rooms", room("rival")),
            ("/v1/shows/into-boss/rooms", room("rival")),
        ):
            answer = await cast.ask("rival", "POST", path, body)
            assert answer.json()["code"] == "forbidden", path
        assert await cast.state() == before
        found = (await cast.done("none", "GET", "/v1/shows/into-maker"))["rooms"]
        assert found == ["into-maker-room", "into-invited-room", "into-boss-room"]
        # Of a season that is gone nobody minds.
        assert (await cast.ask("maker", "DELETE", "/v1/seasons/into")).status_code == 204
        await cast.done("rival", "POST", "/v1/shows/into-maker/rooms", room("rival"))


@pytest.mark.parametrize(
    "enacts",
    [{"season": "a-season"}, {"stands_for": 1.0}, {"speed": 2.0}, {"tags": {"host": ["artist"]}}],
)
async def test_a_show_that_is_not_simulated_enacts_nothing_but_for_admins(
    server: Server, enacts: dict[str, Any]
) -> None:
    async with open_cast(server.url, f"enacts-{next(iter(enacts))}") as cast:
        before = await cast.state()
        body = {"show": f"{cast.show}-real", "title": "T", **enacts}
        answer = await cast.ask("host", "POST", "/v1/shows", body)
        assert answer.json()["code"] == "forbidden"
        body |= {"simulated": True}
        assert (await cast.ask("stranger", "POST", "/v1/shows", body)).json()["code"] == "forbidden"
        assert await cast.state() == before
