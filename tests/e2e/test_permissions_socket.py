"""Every message, by everybody, over a socket: what is forbidden is refused and changes nothing.

What is to be expected is read from the core's tables; a message that nobody wrote a row for fails.
"""

from typing import Any, get_args

import pytest
from tests.core.test_permissions import MESSAGES
from tests.e2e.cast import ROLES, Cast, open_cast
from tests.e2e.conftest import Server
from tests.node.test_webrtc_http import offer

from afterparty.core.commands import Join
from afterparty.core.model import OVER, Role, RoomState
from afterparty.core.permissions import MAY_ACT_ON, MAY_INVITE_AS, TABLE, Standing
from afterparty.wire import messages as m

ROOM_COMMANDS = {
    get_args(one.model_fields["type"].annotation)[0] for one in get_args(m.RoomCommand)
}
ALL_MESSAGES = {get_args(one.model_fields["type"].annotation)[0] for one in get_args(m.FromClient)}

FIELDS: dict[str, dict[str, Any]] = {
    "accept": {"member": "stranger"},
    "decline": {"member": "stranger"},
    "invite": {"member": "fresh"},
    "demote": {"member": "speaker2"},
    "say": {"text": "Hello."},
    "offer_handoff": {"to_room": "NEXT", "seconds": 600},
    "cancel_handoff": {"handoff": "HANDOFF"},
    "react": {"reaction": m.REACTIONS[0]},
    "media_offer": {"sdp": offer("sendrecv")},
    "hello": {"token": "x", "room": "r"},
}
"""Fields with which a message would be carried out, did only the sender and the room permit it."""

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

NOT_ANONYMOUS = ("request", "accept_invitation")
"""What the core denies to somebody anonymous though the table's row has listeners."""


def expected(kind: str, who: str, state: RoomState) -> str | None:
    """The code that a room command is to be refused with; None if it is to be carried out."""
    row = TABLE[MESSAGES[kind]]
    if state not in row.states:
        if state in OVER:
            return "room_over"
        return "room_not_live" if state is RoomState.SCHEDULED else "room_already_live"
    if Standing("listener" if who == "anonymous" else who) not in row.standings:
        return "not_permitted"
    return "anonymous_listens" if who == "anonymous" and kind in NOT_ANONYMOUS else None


def fields(cast: Cast, kind: str) -> dict[str, Any]:
    """A message's fields, of this cast."""
    named = {"NEXT": f"{cast.show}-next", "HANDOFF": "h-none"}
    return {key: named.get(str(value), value) for key, value in FIELDS.get(kind, {}).items()}


def test_every_message_has_a_row() -> None:
    assert set(MESSAGES) == ROOM_COMMANDS, "a room command is in the core's table, or in none"
    assert set(MESSAGES) | set(OTHERS) == ALL_MESSAGES
    at_the_wire = {command for command, row in TABLE.items() if row.standings != {Standing.SYSTEM}}
    assert at_the_wire - {Join} == set(MESSAGES.values())


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("state", [RoomState.SCHEDULED, RoomState.LIVE])
async def test_a_message_that_is_forbidden_changes_nothing(
    server: Server, who: str, state: RoomState
) -> None:
    refused = 0
    async with open_cast(server.url, f"no-{who}-{state}") as cast:
        await cast.room("next", "live")
        room = await cast.room("room", state)
        async with cast.joined(who, room) as joined:
            before = await cast.state()
            for kind in MESSAGES:
                code = expected(kind, who, state)
                if code is None:
                    continue
                reply = await joined.ask(kind, **fields(cast, kind))
                assert (reply["type"], reply.get("code")) == ("refused", code), (kind, reply)
                refused += 1
            assert await cast.state() == before
            for kind, code in OTHERS.items():
                reply = await joined.ask(kind, **fields(cast, kind))
                assert reply.get("code") == code, (kind, reply)
            assert await cast.state() == before, "none of these is written down"
    assert refused > 4


@pytest.mark.parametrize("who", ROLES)
async def test_a_message_that_is_permitted_is_carried_out(server: Server, who: str) -> None:
    """Or refusing everything would pass for guarding it."""
    async with open_cast(server.url, f"yes-{who}") as cast:
        await cast.room("next", "live")
        for state in (RoomState.SCHEDULED, RoomState.LIVE):
            for kind in MESSAGES:
                if expected(kind, who, state) is not None:
                    continue
                room = await cast.room(f"{kind}-{state}", state)
                given = fields(cast, kind)
                if kind == "say":
                    await cast.command(who, room, "unmute")
                if kind == "cancel_handoff":
                    asked = fields(cast, "offer_handoff")
                    await cast.command("host", room, "offer_handoff", **asked)
                    found = await cast.done("none", "GET", f"/v1/rooms/{room}")
                    given = {"handoff": found["room"]["handoff"]["handoff"]}
                async with cast.joined(who, room) as joined:
                    reply = await joined.ask(kind, **given)
                    assert reply["type"] == "ok", (kind, state, reply)


@pytest.mark.parametrize("who", ["host", "cohost"])
async def test_a_command_reaches_only_whom_its_sender_may_touch(server: Server, who: str) -> None:
    standing, seen = Standing(who), 0
    async with open_cast(server.url, f"aim-{who}") as cast:
        room = await cast.room("room", "live")
        targets = {Role.HOST: "host", Role.COHOST: "cohost2", Role.SPEAKER: "speaker2"}
        targets[Role.LISTENER] = "stranger"
        async with cast.joined(who, room) as joined:
            before = await cast.state()
            for kind in ("accept", "decline", "invite", "demote", "mute"):
                for role, member in targets.items():
                    oneself = kind == "mute" and member == who
                    if role in MAY_ACT_ON[standing] or oneself:
                        continue
                    reply = await joined.ask(kind, member=member)
                    assert reply.get("code") == "not_permitted", (kind, member, reply)
                    seen += 1
            for role in {Role.COHOST, Role.SPEAKER} - MAY_INVITE_AS[standing]:
                reply = await joined.ask("invite", member="fresh", role=role)
                assert reply.get("code") == "not_permitted", (role, reply)
            assert await cast.state() == before
    assert seen >= 4


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
