"""Before a room, through the doors: accounts, reminders and notices, series, search, scheduling."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from tests.e2e.cast import Cast, open_cast
from tests.e2e.conftest import Server
from tests.node.doors.test_webrtc_http import SDP, offer

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.core.rules import RULES, SOON_SECONDS
from afterparty.wire.series import CreateSeries

DAY = 86_400


async def made(cast: Cast, name: str, who: str = "host", **more: Any) -> str:
    """A room as somebody asks for it."""
    room = f"{cast.show}-{name}"
    body = {"room": room, "kind": "space", "title": name, **more}
    await cast.done(who, "POST", f"/v1/shows/{cast.show}/rooms", body)
    if who == "host":  # who ends them when the test is done
        cast.rooms.append(room)
    return room


async def refused(
    cast: Cast, who: str, method: str, path: str, body: Any = None
) -> tuple[str, int]:
    """Why a request is refused: its code, and the status."""
    answer = await cast.ask(who, method, path, body)
    return answer.json()["code"], answer.status_code


async def test_an_account_lists_what_it_likes_and_nobody_elses(server: Server) -> None:
    async with open_cast(server.url, "lists") as cast, AsyncExitStack() as stack:
        ann, bob = [
            await stack.enter_async_context(Api(server.url, (await api_token(cast, name))))
            for name in ("ann", "bob")
        ]
        room = await made(cast, "soon")
        await ann.follow("bob")
        await ann.follow("host")
        await ann.block("cleo")
        await ann.remind(room)
        me = await ann.me()
        assert (me.member, me.follows, me.blocks) == ("ann", ["bob", "host"], ["cleo"])
        assert (me.reminders, me.series) == ([room], [])
        them = await bob.me()
        assert (them.follows, them.blocks, them.reminders) == ([], [], [])
        for _ in range(2):  # the second time it is so already
            await ann.follow("bob", on=False)
            await ann.block("cleo", on=False)
            await ann.remind(room, on=False)
        me = await ann.me()
        assert (me.follows, me.blocks, me.reminders) == (["host"], [], [])
        with pytest.raises(ApiError) as error:
            await ann.follow("ann")
        assert (error.value.code, error.value.status) == ("bad_request", 400)


async def api_token(cast: Cast, handle: str) -> str:
    reply = await cast.done("none", "POST", "/v1/token", {"handle": handle})
    return str(reply["token"])


async def test_a_token_for_one_show_reaches_what_is_of_that_show(server: Server) -> None:
    async with open_cast(server.url, "one-show") as cast:
        asked = {"handle": "bound", "grants": ["host"], "show": cast.show}
        cast.tokens["bound"] = (await cast.done("none", "POST", "/v1/token", asked))["token"]
        room = await made(cast, "soon")
        for series, show in (("one-show-of-it", cast.show), ("one-show-of-all", None)):
            body = {"series": series, "title": "T", "show": show}
            await cast.done("host", "POST", "/v1/series", body)
        for path in (f"reminders/{room}", "series/one-show-of-it"):
            for method in ("PUT", "DELETE"):
                answer = await cast.ask("bound", method, f"/v1/me/{path}")
                assert (answer.status_code, answer.content) == (204, b"")
        for method, path in (
            ("GET", "/v1/me"),
            ("GET", "/v1/me/notices"),
            ("PUT", "/v1/me/follows/ann"),
            ("DELETE", "/v1/me/blocks/ann"),
            ("PUT", "/v1/me/series/one-show-of-all"),
        ):
            assert await refused(cast, "bound", method, path) == ("forbidden", 403), path
        body = {"series": "one-show-more", "title": "T"}
        assert await refused(cast, "bound", "POST", "/v1/series", body) == ("forbidden", 403)
        await cast.done("bound", "POST", "/v1/series", body | {"show": cast.show})


async def test_a_reminder_of_a_room_becomes_a_notice(server: Server) -> None:
    async with open_cast(server.url, "reminded") as cast:
        when = time.time() + SOON_SECONDS + 0.5
        room = await made(cast, "soon", scheduled_for=when)
        off = await made(cast, "off")
        async with Api(server.url, cast.tokens["listener"]) as fan:
            for name in (room, off):
                await fan.remind(name)
            await cast.command("host", off, "cancel")
            await told(fan, off, "canceled")
            soon = await told(fan, room, "soon")
            assert (soon.host, soon.scheduled_for, soon.simulated) == ("host", when, True)
            await cast.command("host", room, "open")
            await told(fan, room, "started")
            later = await fan.notices(after=soon.notice)
            assert (later[-1].notice, later[-1].kind) == (f"{room}:started", "started")
            assert await refused(cast, "listener", "PUT", f"/v1/me/reminders/{room}") == (
                "room_already_live",
                409,
            )
            assert await refused(cast, "listener", "PUT", f"/v1/me/reminders/{off}") == (
                "room_over",
                409,
            )
        answer = await cast.ask("listener", "GET", "/v1/me/notices?limit=1")
        assert len(answer.json()["notices"]) == 1
        code, _ = await refused(cast, "listener", "GET", "/v1/me/notices?after=a/b")
        assert code == "bad_request"


async def told(api: Api, room: str, kind: str) -> Any:
    """The notice, as soon as it is there."""
    async with asyncio.timeout(30):
        while True:
            for notice in await api.notices():
                if notice.notice == f"{room}:{kind}":
                    return notice


async def test_a_series_has_episodes_of_whoever_made_it(server: Server) -> None:
    async with open_cast(server.url, "talks") as cast, Api(server.url, cast.tokens["host"]) as host:
        asked = CreateSeries(series="kcon-tact", title="KCON:TACT", description="Talk shows.")
        series = await host.create_series(asked)
        assert (series.by, series.count, series.simulated) == ("host", 0, False)
        with pytest.raises(ApiError, match="series_exists"):
            await host.create_series(asked)
        soon = time.time() + 3600
        second = await made(cast, "second", series="kcon-tact", scheduled_for=soon + 60)
        first = await made(cast, "first", series="kcon-tact", scheduled_for=soon)
        path = f"/v1/shows/{cast.show}/rooms"
        body = {"room": "talks-other", "kind": "space", "title": "T", "series": "kcon-tact"}
        assert await refused(cast, "stranger", "POST", path, body) == ("forbidden", 403)
        body["series"] = "no-such"
        assert await refused(cast, "host", "POST", path, body) == ("no_such_series", 404)
        async with Api(server.url, cast.tokens["listener"]) as fan:
            await fan.follow_series("kcon-tact")
            assert (await fan.me()).series == ["kcon-tact"]
            with pytest.raises(ApiError, match="no_such_series"):
                await fan.follow_series("no-such")
            found = await fan.series("kcon-tact")
            assert [episode.room.room for episode in found.episodes] == [first, second]
            assert (found.followers, found.count, found.simulated) == (1, 2, True)
            await cast.command("host", first, "open")
            assert (await told(fan, first, "started")).title == "first"
        listed = {one.series: one for one in await host.all_series()}
        assert listed["kcon-tact"].count == 2
        by_series = await host.rooms(series="kcon-tact")
        assert [one.room.room for one in by_series] == [first, second]
        page = (await cast.done("none", "GET", "/v1/series?limit=1"))["series"]
        after = (await cast.done("none", "GET", f"/v1/series?after={page[0]['series']}"))["series"]
        assert page[0]["series"] not in {one["series"] for one in after}
        assert await refused(cast, "none", "GET", "/v1/series?after=no-such") == (
            "no_such_series",
            404,
        )


async def test_rooms_are_found_by_what_is_asked_for(server: Server) -> None:
    async with open_cast(server.url, "found") as cast, Api(server.url) as anybody:
        now = time.time()
        later = await made(cast, "later", title="Été à Séoul", scheduled_for=now + 7200)
        soon = await made(cast, "soon", title="seoul", topics=["K-Drama"], scheduled_for=now + 3600)
        live = await made(cast, "live", kind="blueroom", description="from SÉOUL, with love")
        await made(cast, "elsewhere", who="stranger", title="Busan", topics=["Seoul food"])
        await cast.command("host", live, "open")

        async def names(**search: Any) -> list[str]:
            return [one.room.room for one in await anybody.rooms(**search)]

        assert await names(q="SEOUL", host="host") == [live, soon, later]
        assert await names(q="seoul", state="scheduled", host="host") == [soon, later]
        assert await names(q="seoul love") == [live]
        assert await names(q="@host drama") == [soon]
        assert await names(topic="k-drama") == [soon]
        assert await names(host="stranger", q="food") == [f"{cast.show}-elsewhere"]
        assert await names(q="seoul", kind="blueroom") == [live]
        assert await names(q="seoul", state=["live", "ended"]) == [live]
        assert await names(q="seoul", limit=1) == [live]
        assert await names(q="no such thing") == []
        for bad in ("state=open", f"q={'x' * 101}", "kind=radio", "series=a/b", "limit=0"):
            assert await refused(cast, "none", "GET", f"/v1/rooms?{bad}") == ("bad_request", 400)


async def test_so_many_rooms_are_scheduled_so_far_ahead_and_no_more(server: Server) -> None:
    asked = {"handle": "busy", "grants": ["host"]}
    async with open_cast(server.url, "plans") as cast:
        cast.tokens["busy"] = (await cast.done("none", "POST", "/v1/token", asked))["token"]
        most, path = RULES["current"].scheduled_at_once, f"/v1/shows/{cast.show}/rooms"
        now = time.time()
        for when in (now - 1, now + 31 * DAY):
            body = {"room": "plans-x", "kind": "space", "title": "T", "scheduled_for": when}
            assert await refused(cast, "busy", "POST", path, body) == ("bad_schedule", 422)
        unplanned = await made(cast, "unplanned", who="busy")
        rooms = [
            await made(cast, f"n{n}", who="busy", scheduled_for=now + 3600 + n) for n in range(most)
        ]
        more = {"room": "plans-x", "kind": "space", "title": "T", "scheduled_for": now + 3600}
        assert await refused(cast, "busy", "POST", path, more) == ("too_many_scheduled", 409)
        edit = {"type": "edit", "scheduled_for": now + 9000}
        command = f"/v1/rooms/{unplanned}/commands"
        assert await refused(cast, "busy", "POST", command, edit) == ("too_many_scheduled", 409)
        await cast.command("busy", rooms[0], "edit", scheduled_for=now + 9000)
        await cast.command("busy", rooms[0], "cancel")
        await cast.command("busy", unplanned, "edit", scheduled_for=now + 9000)


async def test_whom_a_host_has_blocked_finds_every_door_closed(server: Server) -> None:
    async with open_cast(server.url, "closed") as cast:
        answer = await cast.ask("host", "PUT", f"/v1/me/blocks/{cast.members['astray']}")
        assert answer.status_code == 204
        room = await made(cast, "later")
        await cast.command("host", room, "open")
        async with cast.opened() as socket:
            reply = await socket.ask("hello", token=cast.tokens["listener"], room=room)
            assert (reply["type"], reply["code"]) == ("refused", "blocked")
        path = f"/v1/rooms/{room}/whep"
        answer = await cast.ask("listener", "POST", path, offer("recvonly"), content_type=SDP)
        assert (answer.status_code, answer.json()["code"]) == (403, "blocked")
        body = {"start": 0.1, "seconds": 1}
        clip = await refused(cast, "listener", "POST", f"/v1/rooms/{room}/clips", body)
        assert clip == ("blocked", 403)
        assert (await cast.ask("host", "DELETE", "/v1/me/blocks/listener")).status_code == 204
        async with cast.joined("listener", room) as fan:
            assert (await fan.ask("ping"))["type"] == "pong"


async def test_a_list_acts_in_rooms_only_by_a_token_for_a_host(server: Server) -> None:
    async with open_cast(server.url, "ceilings", mark="-ceilings") as cast:
        room, cohost = await cast.room("room", "live"), cast.members["cohost"]

        async def stands() -> tuple[bool, bool]:
            """Whether the co-host has their seat, and whether they are on the list."""
            found = (await cast.done("none", "GET", f"/v1/rooms/{room}"))["room"]
            listed = (await cast.done("host", "GET", "/v1/me"))["blocks"]
            return cohost in {seat["member"] for seat in found["seats"]}, cohost in listed

        async def put(who: str, method: str) -> None:
            answer = await cast.ask(who, method, f"/v1/me/blocks/{cohost}")
            assert answer.status_code == 204

        async def door() -> str:
            async with cast.opened() as socket:
                reply = await socket.ask("hello", token=cast.tokens["cohost"], room=room)
                return str(reply.get("code", reply["type"]))

        await put("lowered", "PUT")
        assert await stands() == (True, True)
        assert await door() == "blocked"
        await put("host", "PUT")
        assert await stands() == (False, True)
        await put("lowered", "DELETE")
        assert await stands() == (False, False)
        assert await door() == "blocked", "the room's own list is as it was"
        await put("host", "PUT")
        await put("host", "DELETE")
        assert await door() == "welcome"


async def test_no_log_tells_whom_an_account_lists_who_is_not_there(server: Server) -> None:
    async with open_cast(server.url, "unsaid") as cast:
        rooms = [await cast.room("soon", "scheduled"), await cast.room("live", "live")]
        await cast.newcomer("nobody")
        nobody = cast.members["nobody"]
        for method in ("PUT", "DELETE"):
            answer = await cast.ask("host", method, f"/v1/me/blocks/{nobody}")
            assert answer.status_code == 204
            for room in rooms:
                path = f"/v1/rooms/{room}/events?limit=1000"
                assert nobody not in (await cast.ask("none", "GET", path)).text


async def test_a_place_is_taken_by_whom_the_host_follows(server: Server) -> None:
    async with open_cast(server.url, "followed") as cast:
        room = await made(cast, "room", speak="followed")
        await cast.command("host", room, "open")
        assert (await cast.ask("host", "PUT", "/v1/me/follows/listener")).status_code == 204
        async with cast.joined("listener", room) as friend, cast.joined("stranger", room) as other:
            await friend.ask("request")
            await cast.command("stranger", room, "request")
            assert (await other.ask("ping"))["type"] == "pong"
        found = (await cast.done("none", "GET", f"/v1/rooms/{room}"))["room"]
        assert "listener" in {seat["member"] for seat in found["seats"]}
        assert [person["member"] for person in found["requests"]] == ["stranger"]
