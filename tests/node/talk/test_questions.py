"""Questions of a Blueroom: who may ask, vote, hide and pick, and what heals by itself."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.node.conftest import HOST, House, bearer, open_house
from tests.node.doors.test_socket import Client, connected, enter

from afterparty.core import commands as c
from afterparty.core.model import Person, RoomKind
from afterparty.node.doors.requests import command_for
from afterparty.node.ground.refused import Refused
from afterparty.store.errors import StoreUnavailable
from afterparty.store.questions import ASKED_LIMIT, Came, Open, Vote
from afterparty.wire import commands as w

FAN, SOL = Person("fan", "fan", "Fan"), Person("sol", "sol", "Sol")
NOBODY = Person("anon-1", anonymous=True)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """One node, where ``blue`` is a live Blueroom and ``later`` one that is scheduled."""
    async with open_house(tmp_path / "data") as found:
        rooms = found.node.rooms
        for room in ("blue", "later"):
            await rooms.create_room(c.CreateRoom(HOST, room, "show", RoomKind.BLUEROOM, room))
        await rooms.execute("blue", c.OpenRoom(HOST))
        yield found


async def pick(house: House, question: str, actor: Person = HOST, room: str = "blue") -> None:
    """Have somebody pick a question, as a socket or REST does."""
    node, message = house.node, w.Pick(type="pick", question=question)
    command = command_for(message, bearer(actor.member), node.rooms, room)
    await node.rooms.execute(room, await node.questions.complete(room, command))


async def listed(house: House, room: str = "blue") -> dict[str, int]:
    """Votes of the open questions, by what they ask."""
    found = await house.node.questions.listed(room, 50)
    assert found.total == len(found.questions)
    return {one.text: one.votes for one in found.questions}


@pytest.mark.parametrize("room", ["blue", "later"])
async def test_the_audience_asks_and_votes_also_while_it_waits(house: House, room: str) -> None:
    questions = house.node.questions
    first = await questions.ask(room, FAN, "  What \n comes\tnext? ")
    second = await questions.ask(room, SOL, "And then?")
    assert (first.text, first.member, first.name, first.votes) == (
        "What comes next?",
        "fan",
        "Fan",
        0,
    )
    await questions.vote(room, FAN, second.question, given=True)
    await questions.vote(room, FAN, second.question, given=True)
    assert list((await listed(house, room)).items()) == [("And then?", 1), ("What comes next?", 0)]
    await questions.vote(room, FAN, second.question, given=False)
    await questions.vote(room, FAN, second.question, given=False)
    assert list((await listed(house, room)).items()) == [("What comes next?", 0), ("And then?", 0)]
    newest = await questions.listed(room, 1, "new")
    assert (newest.total, [one.text for one in newest.questions]) == (2, ["And then?"])


@pytest.mark.parametrize(
    ("room", "actor", "text", "code"),
    [
        ("pre", FAN, "Here?", "not_a_blueroom"),
        ("blue", NOBODY, "Who am I?", "anonymous_listens"),
        ("blue", FAN, " \n ", "bad_question"),
        ("blue", FAN, "x" * 141, "bad_question"),
        ("blue", FAN, "a\u202eb", "bad_question"),
        ("blue", FAN, "a\x00b", "bad_question"),
        ("nowhere", FAN, "Where?", "no_such_room"),
    ],
)
async def test_what_nobody_may_ask(
    house: House, room: str, actor: Person, text: str, code: str
) -> None:
    with pytest.raises(Refused, match=code):
        await house.node.questions.ask(room, actor, text)
    if room != "nowhere":
        assert await listed(house, room) == {}
    if code == "bad_question":  # and it counts for nothing
        await house.node.questions.ask(room, actor, "x" * 140)


async def test_what_nobody_may_vote_for(house: House) -> None:
    questions = house.node.questions
    own = (await questions.ask("blue", FAN, "Mine?")).question
    for room, actor, question, code in (
        ("blue", FAN, own, "not_permitted"),
        ("blue", NOBODY, own, "anonymous_listens"),
        ("blue", SOL, "q-unknown", "no_such_question"),
        ("later", SOL, own, "no_such_question"),
        ("pre", SOL, own, "not_a_blueroom"),
    ):
        with pytest.raises(Refused, match=code):
            await questions.vote(room, actor, question, given=True)
    assert await listed(house) == {"Mine?": 0}


async def test_when_it_is_over_nobody_asks_votes_or_hides(house: House) -> None:
    questions = house.node.questions
    own = (await questions.ask("blue", FAN, "In time?")).question
    await house.node.rooms.execute("blue", c.EndRoom(HOST))
    with pytest.raises(Refused, match="room_over"):
        await questions.ask("blue", SOL, "Too late?")
    with pytest.raises(Refused, match="room_over"):
        await questions.vote("blue", SOL, own, given=True)
    with pytest.raises(Refused, match="room_over"):
        await questions.hide("blue", FAN, own)
    assert await listed(house) == {"In time?": 0}, "it can still be read"


async def test_one_question_a_while_and_only_so_many_open(house: House) -> None:
    node = house.node
    await node.questions.ask("blue", FAN, "One?")
    with pytest.raises(Refused, match="rate_limited") as refused:
        await node.questions.ask("blue", FAN, "Two?")
    assert refused.value.retry_after is not None
    assert 15 < refused.value.retry_after <= 20
    for number in range(ASKED_LIMIT):
        asked = await node.store.questions.ask("show", "blue", f"q{number}", "sol", 1.0, b"{}")
        assert asked is Came.DONE
    with pytest.raises(Refused, match="too_many_questions"):
        await node.questions.ask("blue", SOL, "One more?")


async def test_who_takes_a_question_away(house: House) -> None:
    questions = house.node.questions
    own = (await questions.ask("blue", FAN, "Mine?")).question
    with pytest.raises(Refused, match="not_permitted"):
        await questions.hide("blue", SOL, own)
    await questions.hide("blue", FAN, own)
    with pytest.raises(Refused, match="no_such_question"):
        await questions.hide("blue", FAN, own)
    other = (await questions.ask("blue", SOL, "Rude?")).question
    await questions.hide("blue", HOST, other)
    assert await listed(house) == {}


async def test_what_is_picked_is_shown_and_open_no_more(house: House) -> None:
    questions, rooms = house.node.questions, house.node.rooms
    first = (await questions.ask("blue", FAN, "First?")).question
    second = (await questions.ask("blue", SOL, "Second?")).question
    await questions.vote("blue", SOL, first, given=True)
    with pytest.raises(Refused, match="not_permitted"):
        await pick(house, first, FAN)
    with pytest.raises(Refused, match="no_such_question"):
        await pick(house, "q-unknown")
    await pick(house, first)
    await pick(house, first)  # it is so already
    picked = rooms.room("blue").picked
    assert picked is not None
    assert (picked.question, picked.person, picked.text, picked.votes) == (first, FAN, "First?", 1)
    assert await listed(house) == {"Second?": 0}
    with pytest.raises(Refused, match="no_such_question"):
        await questions.vote("blue", SOL, first, given=True)
    await pick(house, second)
    await rooms.execute("blue", c.AnswerQuestion(HOST, second))
    assert [one.question for one in rooms.room("blue").answered] == [first, second]
    with pytest.raises(Refused, match="no_such_question"):
        await pick(house, first)
    with pytest.raises(Refused, match="no_such_question"):
        await questions.hide("blue", FAN, first)
    assert await listed(house) == {}


async def test_what_is_picked_is_closed_though_the_store_went_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log is right: it is listed no more, whenever the store comes to know."""
    node = house.node
    asked = await node.questions.ask("blue", FAN, "First?")
    drop, away, closed = node.store.questions.drop, asyncio.Event(), asyncio.Event()

    async def lost(*words: str) -> bool:
        away.set()
        raise StoreUnavailable("It is away.")

    monkeypatch.setattr(type(node.store.questions), "drop", lambda _, *words: lost(*words))
    await pick(house, asked.question)
    await away.wait()
    assert await node.store.questions.find("show", "blue", asked.question) is not None
    assert await listed(house) == {}
    with pytest.raises(Refused, match="no_such_question"):
        await node.questions.vote("blue", SOL, asked.question, given=True)

    async def back(*words: str) -> bool:
        done = await drop(*words)
        closed.set()
        return done

    monkeypatch.setattr(type(node.store.questions), "drop", lambda _, *words: back(*words))
    async with asyncio.timeout(10):
        await closed.wait()
    assert await node.store.questions.find("show", "blue", asked.question) is None


async def test_a_node_that_starts_closes_what_was_left_open(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, kept, closed = house.node, house.node.store.questions, asyncio.Event()
    asked = await node.questions.ask("blue", FAN, "First?")
    await pick(house, asked.question)
    await kept.ask("show", "blue", asked.question, "fan", 1.0, b"as it was")
    drop = kept.drop

    async def told(*words: str) -> bool:
        done = await drop(*words)
        closed.set()
        return done

    monkeypatch.setattr(type(kept), "drop", lambda _, *words: told(*words))
    node.questions.recover()
    async with asyncio.timeout(10):
        await closed.wait()
    assert await kept.find("show", "blue", asked.question) is None


async def test_asking_and_voting_over_sockets(house: House) -> None:
    async with connected(house) as fan, connected(house) as sol, connected(house) as host:
        for client, member in ((fan, "fan"), (sol, "sol"), (host, "host")):
            await enter_blue(house, client, member)
        asked = await told(fan, type="ask", text="What next?")
        assert asked == {"type": "ok", "ref": 7, "number": 0, "question": asked["question"]}
        vote = {"type": "vote", "question": asked["question"], "vote": True}
        assert await told(sol, **vote) == {"type": "ok", "ref": 7, "number": 0}
        assert (await told(fan, **vote))["code"] == "not_permitted"
        assert (await told(fan, type="ask", text="Again?"))["code"] == "rate_limited"
        assert (await told(fan, type="pick", question="q"))["code"] == "not_permitted"
        found = await house.node.store.questions.find("show", "blue", asked["question"])
        assert isinstance(found, Open)
        assert found.votes == 1
        assert (await told(host, type="pick", question=asked["question"]))["type"] == "ok"
        assert (await told(host, type="answered", question=asked["question"]))["type"] == "ok"
    picked = house.node.rooms.room("blue").answered[0]
    assert (picked.person.name, picked.text, picked.votes) == ("fan", "What next?", 1)


async def enter_blue(house: House, client: Client, member: str) -> None:
    """Come into the Blueroom."""
    token, _ = house.node.mint.mint(Person(member, member, member), seconds=60)
    client.say(type="hello", token=token, room="blue")
    assert (await client.next())["type"] == "welcome"


async def told(client: Client, **message: object) -> dict[str, object]:
    """Send a message; its reply."""
    client.say(ref=7, **message)
    while (found := await client.next())["type"] not in ("ok", "refused"):
        pass
    return found


async def test_a_socket_elsewhere_asks_nothing(house: House) -> None:
    async with connected(house) as client:
        await enter(house, client)
        assert (await told(client, type="ask", text="Here?"))["code"] == "not_a_blueroom"
        vote = {"type": "vote", "question": "q", "vote": True}
        assert (await told(client, **vote))["code"] == "not_a_blueroom"
        assert (await told(client, type="vote", question="q", vote="yes"))["code"] == "bad_message"


async def test_many_vote_at_once_and_each_counts(house: House) -> None:
    node = house.node
    asked = await node.questions.ask("blue", HOST, "Who is here?")
    crowd = [Person(f"m{n}", f"m{n}") for n in range(300)]
    await asyncio.gather(
        *(node.questions.vote("blue", one, asked.question, given=True) for one in crowd * 2),
        node.store.questions.vote("show", [Vote("blue", asked.question, "m7", True)]),
    )
    assert await listed(house) == {"Who is here?": 300}
