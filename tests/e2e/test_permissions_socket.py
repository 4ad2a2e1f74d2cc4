"""Sockets: who opens one, with which token, and what may be said over it whatever one's role.

What a role may do in a room is tried in test_permissions_table. A message that nobody wrote a row
for fails.
"""

from typing import Any, get_args

import pytest
from tests.core.test_permissions import MESSAGES
from tests.e2e.cast import ROLES, Cast, open_cast
from tests.e2e.conftest import Server
from tests.e2e.test_permissions_table import AUDIENCE, TRIED
from tests.node.doors.test_webrtc_http import offer

from afterparty.core import commands as c
from afterparty.core.permissions import TABLE, Standing
from afterparty.wire import messages as m
from afterparty.wire.views import REACTIONS

ROOM_COMMANDS = {
    get_args(one.model_fields["type"].annotation)[0] for one in get_args(m.RoomCommand)
}
ALL_MESSAGES = {get_args(one.model_fields["type"].annotation)[0] for one in get_args(m.FromClient)}

FIELDS: dict[str, dict[str, Any]] = {
    **dict(reversed(TRIED)),
    "react": {"reaction": REACTIONS["current"][0]},
    "media_offer": {"sdp": offer("sendrecv")},
    "hello": {"token": "x", "room": "r"},
    "ask": {"text": "What next?"},
    "vote": {"question": "q-none", "vote": True},
}
"""Fields with which a message is understood."""

OTHERS: dict[str, str | None] = {
    "hello": "bad_message",  # once is enough
    "follow": "no_such_handoff",
    "stay": "no_such_handoff",
    "react": None,
    "media_offer": None,
    "media_close": None,
    "ping": None,
}
"""Messages that no role is barred from, in the order they are sent, and how each is answered."""


def fields(cast: Cast, kind: str) -> dict[str, Any]:
    """A message's fields, of this cast."""
    named = {"NEXT": f"{cast.show}-next", "HANDOFF": "h-none"}
    return {key: named.get(str(value), value) for key, value in FIELDS.get(kind, {}).items()}


WITHOUT_A_MESSAGE = {c.Join, c.Vanish, c.Return}
"""What the server asks of a room by itself when somebody comes or goes."""

WITHOUT_AN_EVENT = {c.React, c.AskQuestion, c.VoteQuestion, c.HideQuestion, c.Report}
"""What a room only permits; the rest is done elsewhere."""


def test_every_message_has_a_row() -> None:
    assert set(MESSAGES) == ROOM_COMMANDS, "a room command is in the core's table, or in none"
    assert set(MESSAGES) | set(OTHERS) | AUDIENCE == ALL_MESSAGES
    at_the_wire = {command for command, row in TABLE.items() if row.standings != {Standing.SYSTEM}}
    assert at_the_wire - WITHOUT_A_MESSAGE - WITHOUT_AN_EVENT == set(MESSAGES.values())


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("state", ["scheduled", "live"])
async def test_what_no_role_is_barred_from_changes_nothing(
    server: Server, who: str, state: str
) -> None:
    async with open_cast(server.url, f"no-{who}-{state}") as cast:
        room = await cast.room("room", state)
        async with cast.joined(who, room) as joined:
            before = await cast.state()
            for kind, code in OTHERS.items():
                reply = await joined.ask(kind, **fields(cast, kind))
                assert reply.get("code") == code, (kind, reply)
            assert await cast.state() == before, "none of these is written down"


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("elsewhere", "forbidden"),
        ("astray", "forbidden"),
        ("lowered", "forbidden"),
        ("forged", "bad_token"),
        ("none", "hello_expected"),
    ],
)
async def test_a_token_that_is_not_good_here_opens_no_socket(
    server: Server, who: str, code: str
) -> None:
    """Nor does anything that is said before a good hello."""
    async with open_cast(server.url, f"hello-{who}") as cast:
        room = await cast.room("room", "live")
        before = await cast.state()
        for kind in ("hello",) if who != "none" else sorted(ALL_MESSAGES):
            said = fields(cast, kind)
            if kind == "hello":
                said = {"room": room} | ({"token": cast.tokens[who]} if who != "none" else {})
            async with cast.opened() as socket:
                reply = await socket.ask(kind, **said)
                assert (reply["type"], reply["code"]) == ("refused", code), kind
        assert await cast.state() == before


async def test_a_room_that_is_over_lets_nobody_in(server: Server) -> None:
    async with open_cast(server.url, "over") as cast:
        room = await cast.room("room", "over")
        before = await cast.state()
        for who in ROLES:
            async with cast.opened() as socket:
                reply = await socket.ask("hello", token=cast.tokens[who], room=room)
                assert reply["code"] == "room_over", who
        assert await cast.state() == before


async def test_a_connection_is_taken_up_by_its_own_member_alone(server: Server) -> None:
    async with open_cast(server.url, "resume") as cast:
        room = await cast.room("room", "live")
        async with cast.opened() as first, cast.opened() as second:
            held = await first.ask("hello", token=cast.tokens["host"], room=room)
            fan = {"token": cast.tokens["listener"], "connection": held["connection"], "resume": 1}
            welcome = await second.ask("hello", room=room, **fan)
            assert welcome["connection"] != held["connection"]
            assert (welcome["you"]["member"], welcome["role"]) == ("listener", "listener")
            assert (await first.ask("ping"))["type"] == "pong", "it is the host's still"


async def test_a_ceiling_holds_on_a_socket_whose_member_has_risen(server: Server) -> None:
    """The member came with a token for a listener, and took a seat with a better one."""
    async with open_cast(server.url, "ceiling") as cast:
        room = await cast.room("room", "live")
        asked = {"handle": "listener", "ceiling": "listener"}
        low = (await cast.done("none", "POST", "/v1/token", asked))["token"]
        async with cast.opened() as socket, cast.joined("listener", room) as better:
            await socket.ask("hello", token=low, room=room)
            assert (await better.ask("accept_invitation"))["type"] == "ok"
            before = await cast.state()
            for kind in sorted(set(MESSAGES) - {"leave"}):
                reply = await socket.ask(kind, **fields(cast, kind))
                assert reply.get("code") == "forbidden", (kind, reply)
            assert await cast.state() == before
