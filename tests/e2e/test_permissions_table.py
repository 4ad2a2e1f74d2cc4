"""The table of permissions whole, at the wire: role, command, state and rules, by socket and REST.

Nothing is expected here by hand. Before each message the room is folded from its log, and what the
core decides on it is what the server has to do: the same refusal, or the same events and no others.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from tests.core.test_permissions import MESSAGES
from tests.e2e.cast import ROLES, Cast, open_cast
from tests.e2e.conftest import Server
from tests.e2e.mirror import ASKED, Mirror, Send, command_of, person

from afterparty.core import commands as c
from afterparty.core.decision import decide
from afterparty.core.model import Speak
from afterparty.core.permissions import Refusal, check
from afterparty.core.rules import RULES

TARGETS = ("host", "cohost2", "speaker2", "stranger")
"""Somebody of each role, in the order in which there is less to lose."""


def aimed(kind: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """A command at somebody of each role."""
    return tuple((kind, {"member": member}) for member in TARGETS)


TRIED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("edit", {"title": "Another title", "topics": ["this", "that"], "hashtag": "#Ask_Us"}),
    ("edit", {}),
    ("edit", {"title": " "}),
    ("edit", {"topics": ["a", "b", "c", "d"]}),
    ("edit", {"hashtag": "none"}),
    ("edit", {"description": "d" * 281}),
    ("edit", {"recording": True}),
    ("edit", {"scheduled_for": 1}),
    ("who_may_speak", {"speak": "followed"}),
    ("who_may_speak", {"speak": "invited"}),
    ("lock", {"locked": True}),
    ("lock", {"locked": True}),
    ("lock", {"locked": False}),
    ("say", {"text": "Hello."}),
    ("unmute", {}),
    ("say", {"text": "Hello."}),
    ("consent", {"captions": True}),
    ("say", {"text": "Hello."}),
    ("say", {"text": " "}),
    ("consent", {"captions": False}),
    ("mute", {}),
    *aimed("mute"),
    ("mute_all", {}),
    ("pin", {}),
    ("pin", {"text": "A post", "url": "https://example.com/"}),
    ("pin", {"url": "javascript:alert(1)"}),
    ("unpin", {"pin": "PIN"}),
    ("unpin", {"pin": "p-none"}),
    ("raise_hand", {}),
    ("lower_hand", {"member": "stranger"}),
    ("lower_hand", {}),
    ("request", {}),
    ("request", {}),
    ("withdraw", {}),
    ("accept", {"member": "admin"}),
    ("decline", {"member": "admin"}),
    *aimed("decline"),
    *aimed("accept"),
    ("invite", {"member": "fresh"}),
    ("invite", {"member": "fresh", "role": "cohost"}),
    *aimed("invite"),
    *aimed("demote"),
    *aimed("remove"),
    *aimed("block"),
    ("invite", {"member": "stranger"}),
    *aimed("unblock"),
    ("take_over", {}),
    ("answered", {"question": "QUESTION"}),
    ("pick", {"question": "QUESTION"}),
    ("pick", {"question": "QUESTION"}),
    ("answered", {"question": "q-none"}),
    ("answered", {"question": "QUESTION"}),
    ("pick", {"question": "QUESTION"}),
    ("offer_handoff", {"to_room": "NEXT", "seconds": 601}),
    ("offer_handoff", {"to_room": "ITSELF", "seconds": 600}),
    ("offer_handoff", {"to_room": "NEXT", "seconds": 600, "then_end": True}),
    ("offer_handoff", {"to_room": "NEXT", "seconds": 600}),
    ("cancel_handoff", {"handoff": "HANDOFF"}),
    ("cancel_handoff", {"handoff": "h-none"}),
    ("accept_invitation", {}),
    ("decline_invitation", {}),
    ("open", {}),
    ("cancel", {}),
    ("end", {}),
    ("leave", {"to": "speaker"}),
    ("leave", {"to": "cohost2"}),
    ("leave", {}),
)
"""Every command, so that each of its refusals comes, and where it may be carried out it is."""

LAST = ("accept_invitation", "open", "cancel", "end", "leave")
"""After these somebody is another, or the room is: they are carried out in a room of their own."""

REACTIONS = ("✋", "😂", "💯", "👋🏽", "💯🏽", "🐙")
"""Of one set, of the other, of both; with a tone of skin where that can be and where not."""

AUDIENCE = {"ask", "vote"}
"""Over a socket only, or at addresses of their own."""

ANONYMOUS_MAY_NOT = {"request", "accept_invitation", "raise_hand"}


@asynccontextmanager
async def asking(cast: Cast, way: str, who: str, room: str) -> AsyncIterator[Send]:
    """Somebody's way to ask in a room that they are in."""
    async with cast.joined(who, room) as joined:

        async def by_socket(kind: str, given: dict[str, Any]) -> str:
            while True:
                reply = await joined.ask(kind, **given)
                if reply.get("code") != "rate_limited":
                    return str(reply.get("code", ""))
                await asyncio.sleep(0.1)  # a member's messages: 20 a second

        yield by_socket if way == "socket" else by_rest(cast, who, room)


def by_rest(cast: Cast, who: str, room: str) -> Send:
    """Somebody's way to ask by REST."""

    async def ask(kind: str, given: dict[str, Any]) -> str:
        path = f"/v1/rooms/{room}/commands"
        answer = await cast.ask(who, "POST", path, {"type": kind, **given})
        return "" if answer.is_success else str(answer.json()["code"])

    return ask


@dataclass(frozen=True)
class Case:
    """Who tries it, by which way, in what kind of room."""

    way: str
    rules: str
    kind: str
    who: str
    state: str


async def opened(cast: Cast, name: str, case: Case) -> Mirror:
    """A room as the case has it, and as the core does; in a live one, two ask to speak."""
    room = await cast.room(name, case.state, case.kind, rules=case.rules)
    if case.state == "live":
        waiting = await cast.stack.enter_async_context(cast.joined("admin", room))
        assert (await waiting.ask("request"))["type"] == "ok"
    mirror = Mirror(cast, room)
    if case.kind == "blueroom" and case.state == "live":
        asked = await cast.done("admin", "POST", f"/v1/rooms/{room}/questions", {"text": ASKED})
        mirror.question = asked["question"]
    await mirror.catch_up()
    return mirror


def fields(mirror: Mirror, given: dict[str, Any]) -> dict[str, Any]:
    """A message's fields, of this cast and of the room as it stands."""
    cast, room = mirror.cast, mirror.room
    assert room is not None
    named = {
        "NEXT": f"{cast.show}-next",
        "ITSELF": room.room,
        "PIN": room.pins[-1].pin if room.pins else "p-none",
        "QUESTION": mirror.question,
        "HANDOFF": room.handoff.handoff if room.handoff else "h-none",
        **{who: f"{who}{cast.mark}" for who in (*TARGETS, "admin", "speaker")},
    }
    return {k: named.get(v, v) if isinstance(v, str) else v for k, v in given.items()}


def test_every_command_is_tried() -> None:
    assert {kind for kind, _ in TRIED} == set(MESSAGES)


def roles(rules: str) -> tuple[str, ...]:
    """Who there is by those rules."""
    return tuple(who for who in ROLES if RULES[rules].cohosts or who != "cohost")


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("way", ["socket", "rest"])
async def test_what_the_core_decides_is_what_happens(server: Server, way: str, rules: str) -> None:
    """All roles and states at the same time, each in a show of their own."""
    kind = "blueroom" if (way == "socket") == (rules == "current") else "space"
    async with asyncio.TaskGroup() as group:
        for who in roles(rules):
            for state in ("scheduled", "live"):
                name = f"{way}-{rules}-{who}-{state}"
                group.create_task(_try_all(server, name, Case(way, rules, kind, who, state)))


async def _try_all(server: Server, name: str, case: Case) -> None:
    """Every command, one after the other, in one room; in others what would end it."""
    who, done = case.who, set()
    async with open_cast(server.url, name, mark=f"-{name}") as cast:
        await cast.room("next", "live")
        mirror = await opened(cast, "room", case)
        assert mirror.room is not None
        permitted = {
            kind
            for kind, given in TRIED
            if check(mirror.room, command_of(cast, who, kind, fields(mirror, given))) is None
        }
        async with asking(cast, case.way, who, mirror.name) as send:
            for number, (kind, given) in enumerate(TRIED):
                asked = fields(mirror, given)
                if kind in LAST and not isinstance(mirror.decides(who, kind, asked), Refusal):
                    another = await opened(cast, f"room-{number}", case)
                    async with asking(cast, case.way, who, another.name) as ask:
                        code = await another.hold(who, kind, asked, ask)
                else:
                    code = await mirror.hold(who, kind, asked, send)
                if not code:
                    done.add(kind)
            assert await mirror.catch_up() == [], "what is refused changes nothing"
    never = {"take_over"}  # the host is here
    never |= ANONYMOUS_MAY_NOT if who == "anonymous" else set()
    never |= set() if RULES[case.rules].raised_hands else {"raise_hand"}
    never |= {"pick", "answered"} if case.kind == "space" else set()
    assert permitted - done <= never, case
    assert done <= permitted


@pytest.mark.parametrize("rules", RULES)
async def test_nothing_happens_in_a_room_that_is_over(server: Server, rules: str) -> None:
    async with asyncio.TaskGroup() as group:
        for who in roles(rules):
            for state in ("scheduled", "live"):
                case = Case("rest", rules, "space", who, state)
                group.create_task(_try_over(server, f"over-{rules}-{who}-{state}", case))


async def _try_over(server: Server, name: str, case: Case) -> None:
    async with open_cast(server.url, name, mark=f"-{name}") as cast:
        await cast.room("next", "live")
        mirror = await opened(cast, "room", case)
        await cast.over(mirror.name)
        await mirror.catch_up()
        ask = by_rest(cast, case.who, mirror.name)
        for kind, given in TRIED:
            if kind in ("request", "accept_invitation", "raise_hand"):  # for whoever is there
                assert await ask(kind, {}) == "not_in_room"
            else:
                asked = fields(mirror, given)
                assert await mirror.hold(case.who, kind, asked, ask) == "room_over", kind
        assert await mirror.catch_up() == []


@pytest.mark.parametrize("rules", RULES)
async def test_who_asks_comes_on_stage_as_the_room_has_it(server: Server, rules: str) -> None:
    async with open_cast(server.url, f"speak-{rules}") as cast:
        for speak in Speak:
            room = await cast.room(speak, "live", rules=rules, speak=speak)
            for who in ("admin", "anonymous", "speaker"):
                mirror = Mirror(cast, room)
                await mirror.catch_up()
                async with asking(cast, "socket", who, room) as send:
                    await mirror.hold(who, "request", {}, send)
            seated = mirror.room is not None and cast.members["admin"] in mirror.room.seats
            assert seated is (speak is Speak.EVERYONE)


@pytest.mark.parametrize("rules", RULES)
async def test_a_room_whose_host_is_away_is_taken_over_as_the_core_has_it(
    server: Server, rules: str
) -> None:
    name = f"away-{rules}"
    async with open_cast(server.url, name, mark=f"-{name}") as cast, asyncio.timeout(60):
        mirror = await opened(cast, "room", Case("rest", rules, "space", "", "live"))
        async with cast.joined("host", mirror.name):
            pass
        while mirror.room is None or mirror.room.away is None:  # once it is held no more
            await mirror.catch_up()
        for who in (*sorted(set(ROLES) - {"cohost"}), "cohost"):
            code = await mirror.hold(who, "take_over", {}, by_rest(cast, who, mirror.name))
            takes = who == "cohost" and RULES[rules].cohosts > 0
            assert code == ("" if takes else "not_permitted"), who
        if RULES[rules].cohosts:
            await cast.command("cohost", mirror.name, "end")  # it is theirs now


@pytest.mark.parametrize("rules", RULES)
async def test_reactions_are_those_of_the_rules(server: Server, rules: str) -> None:
    async with open_cast(server.url, f"react-{rules}", mark=f"-react-{rules}") as cast:
        for state in ("scheduled", "live"):
            mirror = await opened(cast, state, Case("socket", rules, "space", "", state))
            for who in roles(rules):
                coming = asking(cast, "socket", who, mirror.name)
                send = await cast.stack.enter_async_context(coming)
                for reaction in REACTIONS:
                    command = c.React(person(cast, who), reaction)
                    decision = decide(mirror.room, command, 0)
                    code = await send("react", {"reaction": reaction})
                    assert code == _code(decision), (who, state, reaction)
            assert await mirror.catch_up() == [], "none is written down"


@pytest.mark.parametrize("rules", RULES)
async def test_a_stage_is_asked_by_whom_the_core_lets(server: Server, rules: str) -> None:
    async with open_cast(server.url, f"ask-{rules}", mark=f"-ask-{rules}") as cast:
        for kind in ("space", "blueroom"):
            mirror = await opened(cast, kind, Case("socket", rules, kind, "", "live"))
            for who in roles(rules):
                actor = person(cast, who)
                coming = asking(cast, "socket", who, mirror.name)
                send = await cast.stack.enter_async_context(coming)
                # The last one only once: questions are rare.
                for text in (
                    "",
                    "q" * 141,
                    "two\x00lines",
                    *(["So?"] if kind == "blueroom" else []),
                ):
                    decision = decide(mirror.room, c.AskQuestion(actor, text), 0)
                    assert await send("ask", {"text": text}) == _code(decision), (who, kind, text)
                decision = decide(mirror.room, c.VoteQuestion(actor), 0)
                for vote in (True, True, False):
                    given = {"question": mirror.question, "vote": vote}
                    assert await send("vote", given) == _code(decision), (who, kind, vote)
            assert await mirror.catch_up() == [], "none is written down"


def _code(decision: object) -> str:
    return decision.code if isinstance(decision, Refusal) else ""


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("state", ["scheduled", "live"])
async def test_who_comes_in_is_whom_the_core_lets_in(
    server: Server, rules: str, state: str
) -> None:
    """Open to all; locked; and open to all but to whom it is shut."""
    name = f"in-{rules}-{state}"
    async with open_cast(server.url, name, mark=f"-{name}") as cast:
        mirror = await opened(cast, "room", Case("socket", rules, "space", "", state))
        everybody, been = list(roles(rules)), {"early"}
        await cast.newcomer("early")
        await _come(mirror, [*everybody, "early"], been)
        been |= set(everybody)
        await cast.command("host", mirror.name, "lock", locked=True)
        await cast.newcomer("late")
        assert await _come(mirror, [*everybody, "early", "late"], been) == {"late": "room_locked"}
        await cast.command("host", mirror.name, "lock", locked=False)
        out = set(everybody) - {"host"}
        for who in out:
            await cast.command("host", mirror.name, "block", member=cast.members[who])
        await cast.newcomer("later")
        assert await _come(mirror, [*everybody, "later"], been) == dict.fromkeys(out, "blocked")


async def _come(mirror: Mirror, coming: list[str], been: set[str]) -> dict[str, str]:
    """Let these say hello, and hold each answer against the core's; who is refused, and why."""
    refused = {}
    for who in coming:
        await mirror.catch_up()
        cast = mirror.cast
        decision = decide(mirror.room, c.Join(person(cast, who), known=who in been), 0)
        async with cast.opened() as socket:
            reply = await socket.ask("hello", token=cast.tokens[who], room=mirror.name)
        code = reply.get("code", "")
        assert code == _code(decision), who
        if code:
            refused[who] = code
    return refused
