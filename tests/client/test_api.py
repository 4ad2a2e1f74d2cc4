"""The REST half against a real server, and against one that answers nonsense."""

import asyncio

import pytest
from tests.client.conftest import Evening

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.client.session import Session
from afterparty.wire.bodies import CreateRoom, CreateShow
from afterparty.wire.crowd import STEP_LIMIT, CrowdStep


async def test_a_show_its_rooms_and_counts(evening: Evening) -> None:
    show = await evening.api.show(evening.show)
    assert show.simulated
    assert set(show.rooms) == {evening.main, evening.after}
    assert show in await evening.api.shows()
    room = await evening.api.room(evening.main)
    assert (room.room.state, room.counts.participants) == ("live", 0)
    assert evening.main in {summary.room.room for summary in await evening.api.rooms()}
    assert set((await evening.api.counts(evening.show)).rooms) == {evening.main, evening.after}


async def test_what_the_server_says_of_itself(url: str, evening: Evening) -> None:
    async with Api(f"{url}/") as api:
        server = await api.server()
    assert server.dev
    assert "this is a simulation" in server.notice.lower()
    assert "not affiliated" in server.notice.lower()


async def test_figures_are_summed_over_their_labels(evening: Evening) -> None:
    figures = await evening.api.metrics()
    assert figures["afterparty_rooms"] >= 2
    assert figures["afterparty_media_ticks_total"] > 0
    assert "afterparty_media_ticks_skipped_total" in figures


async def test_an_anonymous_token_is_a_new_member_each_time(evening: Evening) -> None:
    first, second = await evening.api.token(), await evening.api.token()
    assert first.member.startswith("anon-")
    assert first.member != second.member


async def test_commands_and_the_whole_log(evening: Evening) -> None:
    await evening.api.command(evening.main, "unmute")
    await evening.api.command(evening.main, "consent", captions=True)
    numbers = [await evening.api.command(evening.main, "say", text=f"line {n}") for n in range(7)]
    assert numbers == list(range(5, 12))
    page = await evening.api.events(evening.main, after=4, limit=2)
    assert [event["text"] for event in page] == ["line 0", "line 1"]
    log = [event async for event in evening.api.all_events(evening.main)]
    assert [event["number"] for event in log] == list(range(1, 12))
    assert log[0]["type"] == "room_created"


@pytest.mark.parametrize(
    ("room", "command", "fields", "code", "status"),
    [
        ("no-such-room", "open", {}, "no_such_room", 404),
        ("main", "open", {}, "room_already_live", 409),
        ("main", "say", {"text": "hush"}, "muted", 409),
        ("main", "offer_handoff", {"to_room": "nowhere"}, "no_such_room", 404),
        ("main", "dance", {}, "bad_request", 400),
    ],
)
async def test_refusals_have_code_and_status(
    evening: Evening, room: str, command: str, fields: dict[str, str], code: str, status: int
) -> None:
    target = evening.main if room == "main" else room
    with pytest.raises(ApiError) as caught:
        await evening.api.command(target, command, **fields)
    assert (caught.value.code, caught.value.status) == (code, status)
    assert caught.value.message


async def test_without_a_token_nothing_is_made(url: str, evening: Evening) -> None:
    async with Api(url) as nobody:
        with pytest.raises(ApiError) as caught:
            await nobody.create_show(CreateShow(show="mine", title="Mine"))
    assert caught.value.code == "unauthenticated"


async def test_names_twice_are_refused(evening: Evening) -> None:
    room = CreateRoom.model_validate({"room": evening.main, "kind": "space", "title": "x"})
    with pytest.raises(ApiError) as caught:
        await evening.api.create_room(evening.show, room)
    assert caught.value.code == "room_exists"


async def test_nobody_there() -> None:
    # Port 1 of loopback has no listener.
    async with Api("http://127.0.0.1:1") as api:
        with pytest.raises(ApiError) as caught:
            await api.server()
        assert (caught.value.code, caught.value.status) == ("unreachable", 0)
        with pytest.raises(ApiError, match="not ready within"):
            await api.wait_ready(0.1)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", 0),
        (b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 5\r\n\r\n<html", 502),
        (b"HTTP/1.1 500 Oops\r\ncontent-length: 2\r\n\r\n[]", 500),
    ],
)
async def test_something_else_answers(answer: bytes, status: int) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Api(f"http://127.0.0.1:{port}") as api:
            for ask in (api.server, api.metrics):
                with pytest.raises(ApiError) as caught:
                    await ask()
                assert (caught.value.code, caught.value.status) == ("not_understood", status)


async def test_questions_by_rest(evening: Evening) -> None:
    blue = f"{evening.show}.blue"
    made = {"room": blue, "kind": "blueroom", "title": "Blue"}
    await evening.api.create_room(evening.show, CreateRoom.model_validate(made))
    fan, nobody = await evening.api.token("fan-of-blue", "A fan"), await evening.api.token()
    async with (
        Api(evening.url, fan.token) as asker,
        Api(evening.url, nobody.token) as anonymous,
        Api(evening.url) as stranger,
    ):
        with pytest.raises(ApiError, match="Join the room first") as caught:
            await asker.ask(blue, "Here?")
        assert caught.value.code == "not_in_room"
        async with await Session.join(evening.url, fan.token, blue):
            asked = await asker.ask(blue, " What   next? ")
            assert (asked.text, asked.name, asked.votes) == ("What next?", "A fan", 0)
            async with (
                await Session.join(evening.url, evening.token, blue),
                await Session.join(evening.url, nobody.token, blue),
            ):
                await evening.api.vote(blue, asked.question)
                with pytest.raises(ApiError) as caught:
                    await anonymous.vote(blue, asked.question)
                assert caught.value.code == "anonymous_listens"
                found = await stranger.questions(blue)
                assert (found.total, found.questions[0].votes) == (1, 1)
                await evening.api.vote(blue, asked.question, given=False)
                assert (await stranger.questions(blue, 1, "new")).questions == [asked]
                for api, code in ((anonymous, "not_permitted"), (stranger, "unauthenticated")):
                    with pytest.raises(ApiError) as caught:
                        await api.hide_question(blue, asked.question)
                    assert caught.value.code == code
                await evening.api.hide_question(blue, asked.question)
                assert (await stranger.questions(blue)).total == 0


async def test_the_guests_of_a_room(evening: Evening) -> None:
    fan, nobody = await evening.api.token("mina", "Mina"), await evening.api.token()
    elsewhere = await evening.api.token("sol", show="another")
    async with (
        await Session.join(evening.url, fan.token, evening.main),
        await Session.join(evening.url, nobody.token, evening.main),
        Api(evening.url, nobody.token) as anonymous,
        Api(evening.url, elsewhere.token) as other,
        Api(evening.url) as stranger,
    ):
        found = await anonymous.guests(evening.main)
        assert [(one.member, one.name, one.role) for one in found.guests] == [
            ("mina", "Mina", "listener")
        ]
        assert (found.listed, found.anonymous, found.more) == (1, 1, 0)
        assert (await anonymous.guests(evening.main, "MIN", 1)).guests == found.guests
        assert (await anonymous.guests(evening.main, "nobody & no=one")).guests == []
        for api, code in ((other, "forbidden"), (stranger, "unauthenticated")):
            with pytest.raises(ApiError) as caught:
                await api.guests(evening.main)
            assert caught.value.code == code


async def test_simulated_members_come_and_go_by_thousands(evening: Evening) -> None:
    ids = [f"{n:060}" for n in range(STEP_LIMIT)]
    reply = await evening.api.crowd(evening.show, CrowdStep(enter={evening.main: ids}))
    assert (reply.changed, reply.rooms[evening.main].simulated) == (STEP_LIMIT, STEP_LIMIT)
    await evening.api.crowd(evening.show, CrowdStep(leave=ids[1:]))
    assert (await evening.api.room(evening.main)).counts.peak == STEP_LIMIT
    found = await evening.api.guests(evening.main)
    assert (found.simulated, found.anonymous, found.guests) == (1, 0, [])
    assert (await evening.api.members(evening.show)).rooms[evening.main].members == []


@pytest.mark.parametrize("handle", ["anon-fan", "sim-fan"])
async def test_no_account_is_named_like_whoever_has_none(evening: Evening, handle: str) -> None:
    with pytest.raises(ApiError) as caught:
        await evening.api._send("POST", "/v1/token", {"handle": handle})
    assert (caught.value.code, caught.value.status) == ("bad_request", 400)
