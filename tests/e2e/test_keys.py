"""Keys replaced by the command line while two real nodes serve, and tokens for one room alone."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import jwt
import pytest
from tests.e2e.conftest import (
    COMMAND,
    ROOT,
    Counting,
    Evening,
    open_evening,
    several_nodes,
    tone,
)
from tests.e2e.test_whip_whep import come, listen, posting

from afterparty.client.api import Api
from afterparty.client.errors import ApiError, ClientError
from afterparty.client.mouth import Mouth
from afterparty.client.peer import Peer
from afterparty.client.session import Session

pytestmark = pytest.mark.timeout(180)


def afterparty(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AFTERPARTY_")}
    environment |= {f"AFTERPARTY_{name}": value for name, value in settings.items()}
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True, text=True, timeout=60, check=False,
        env=environment | {"PYTHONPATH": str(ROOT / "server")},
    )  # fmt: skip


async def keys(data: Path, *arguments: str) -> str:
    """``afterparty keys``; what it says."""
    done = await asyncio.to_thread(afterparty, "keys", *arguments, "--data", str(data))
    assert done.returncode == 0, done.stderr
    return done.stdout


async def good(urls: list[str], token: str) -> list[str]:
    """What each node makes of a token: the code of its refusal of something else."""
    found = []
    for url in urls:
        async with Api(url, token) as api:
            with pytest.raises(ApiError) as refused:
                await api.command("no-such-room", "mute")
            found.append(refused.value.code)
    return found


@asynccontextmanager
async def unbroken(urls: list[str]) -> AsyncIterator[None]:
    """No node has refused what another said when this is over."""
    yield
    async with httpx.AsyncClient() as http:
        for url in urls:
            figures = (await http.get(f"{url}/metrics")).text
            assert 'afterparty_media_datagrams_total{kind="relay"}' in figures
            assert "relay_unauthentic" not in figures


async def test_keys_are_replaced_while_somebody_listens_at_another_node(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with several_nodes(data, 2) as nodes:
        one, two = nodes.urls
        async with AsyncExitStack() as stack:
            evening = await stack.enter_async_context(open_evening(one, "rotated"))
            await stack.enter_async_context(unbroken(nodes.urls))
            speaker = await evening.join("speaker", url=one)
            await speaker.command("unmute")
            await speaker.listen()
            assert speaker.peer is not None
            ear = Counting()
            fan = await evening.join("fan", url=two)
            await fan.listen(lambda: Peer(ear=ear))
            speaking = asyncio.create_task(Mouth().say(speaker.peer, tone(440.0, 120)))
            stack.callback(speaking.cancel)
            await fan.until(lambda s: "speaker" in s.speaking)

            before = await evening.token("fan")
            old = jwt.get_unverified_header(before)["kid"]
            assert await keys(data, "list") == f"{old}  signs and checks\n"
            made = (await keys(data, "rotate")).split()[0]
            assert (await keys(data, "list")).splitlines()[0] == f"{made}  signs and checks"
            # By the command line, this very moment: no node can have looked at the file since.
            at_once = afterparty("token", "fan", "--data", str(data)).stdout.strip()
            assert jwt.get_unverified_header(at_once)["kid"] == made
            for token in (before, at_once):
                assert await good(nodes.urls, token) == ["no_such_room"] * 2
            async with asyncio.timeout(30):
                while jwt.get_unverified_header(await evening.token("fan"))["kid"] != made:
                    await ear.more(5)  # heard on and on, until both nodes have noticed
            await ear.more(50)

            await keys(data, "retire", old)
            async with asyncio.timeout(30):
                while await good(nodes.urls, before) != ["bad_token"] * 2:
                    await ear.more(5)
            assert await good(nodes.urls, at_once) == ["no_such_room"] * 2
            await ear.more(50)
            await fan.until(lambda s: "speaker" in s.speaking)
            assert fan.drops == speaker.drops == 0
        for name in (f"{data.name}.log",):
            log = (tmp_path / name).read_text()
            for line in (data / "token.key").read_text().split():
                assert line not in log


def test_what_the_command_does_not_do(tmp_path: Path) -> None:
    data = str(tmp_path)
    for arguments, settings, told in (
        (("rotate",), {"SECRET": "s" * 40}, "AFTERPARTY_SECRET"),
        (("retire", "nobody"), {}, "no key"),
    ):
        done = afterparty("keys", *arguments, "--data", data, **settings)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
        assert "s" * 40 not in done.stderr


def test_the_command_makes_a_token_for_one_room(tmp_path: Path) -> None:
    made = afterparty("token", "fan", "--room", "r", "--show", "s", SECRET=f"{'n' * 40} {'o' * 40}")
    claims = jwt.decode(made.stdout.strip(), "n" * 40, ["HS256"], audience="afterparty")
    assert (claims["sub"], claims["room"], claims["show"]) == ("fan", "r", "s")


async def refused(evening: Evening, token: str, room: str) -> str:
    """The code with which a socket is turned away."""
    with pytest.raises(ClientError) as error:
        await Session.join(evening.url, token, room)
    return error.value.code


async def test_a_token_for_one_room_is_good_for_that_room(evening: Evening) -> None:
    await evening.host.command(evening.post, "open")
    token = await evening.token("fan", room=evening.pre)
    assert await refused(evening, token, evening.post) == "forbidden"
    async with Api(evening.url, token) as api:
        for command in ("raise_hand", "request", "leave"):
            with pytest.raises(ApiError, match="forbidden"):
                await api.command(evening.post, command)
        with pytest.raises(ApiError, match="forbidden"):
            await api.members(evening.show)
    async with posting(evening, "fan", room=evening.pre) as http:
        assert (await http.get(f"/v1/rooms/{evening.pre}/guests")).status_code == 200
        for path in (f"/v1/rooms/{evening.post}/guests", "/v1/me"):
            assert (await http.get(path)).json()["code"] == "forbidden"
    async with posting(evening, "fan", room=evening.pre) as http:
        peer = Peer()
        offer, sdp = await peer.offer(), {"Content-Type": "application/sdp"}
        for kind in ("whep", "whip"):
            path = f"/v1/rooms/{evening.post}/{kind}"
            answer = await http.post(path, content=offer, headers=sdp)
            expected = "forbidden" if kind == "whep" else "not_permitted"
            assert answer.json()["code"] == expected
        await peer.close()
    async with await Session.join(evening.url, token, evening.pre) as fan:
        await fan.command("request")
        await fan.command("raise_hand")


async def test_whoever_has_a_token_for_one_room_is_carried_along_to_listen(
    evening: Evening,
) -> None:
    await evening.host.command(evening.post, "open")
    token = await evening.token("guest", room=evening.pre)  # who has a seat in the other room
    async with posting(evening, "fan", room=evening.pre) as http:
        guest, peer, ear = await listen(http, evening.pre)
        fan = await Session.join(evening.url, token, evening.pre)
        async with fan:
            await evening.host.command(
                evening.pre, "offer_handoff", to_room=evening.post, seconds=0
            )
            await fan.until(lambda s: s.room.room == evening.post)
            await ear.more(2)
            for command in ("unmute", "mute", "raise_hand"):
                with pytest.raises(ClientError, match="forbidden"):
                    await fan.command(command)
            for command, more in {
                "react": {"reaction": fan.welcome.reactions[0]},
                "ask": {"text": "May I?"},
                "vote": {"question": "q-none", "vote": True},
            }.items():
                with pytest.raises(ClientError, match="forbidden"):
                    await fan.command(command, **more)
            await fan.listen()
            assert fan.peer is not None
            # They may come again to where they were carried; the session's address stays good.
            async with await Session.join(evening.url, token, evening.post) as again:
                assert again.room.room == evening.post
            other = await evening.token("stayed-out", room=evening.pre)
            assert await refused(evening, other, evening.post) == "forbidden"
        assert (await http.get(guest.path)).status_code == 204
        assert await guest.leave() == 200
        late = Peer()
        with pytest.raises(AssertionError, match="forbidden"):
            await come(http, "whep", evening.post, await late.offer())
        await late.close()
        await peer.close()
