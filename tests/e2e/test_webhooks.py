"""Webhooks of real nodes: one is killed while it tells, and nothing is left out."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.e2e.cast import Cast, open_cast
from tests.e2e.conftest import Server, open_evening, running, several_nodes
from tests.e2e.test_nodes import invite
from tests.receiver import receiving

from afterparty.core.model import Person
from afterparty.node.access.keyring import Keyring
from afterparty.node.access.tokens import TokenMint
from afterparty.node.ground.settings import keys_of

pytestmark = pytest.mark.timeout(180)

HERE = "http://127.0.0.1:9/"


async def holder(urls: list[str]) -> str:
    """The node that tells webhooks now."""
    async with httpx.AsyncClient() as http, asyncio.timeout(40):
        while True:
            for url in urls:
                try:
                    figures = (await http.get(f"{url}/metrics")).text
                except httpx.TransportError:
                    continue
                if "afterparty_webhooks_held 1.0" in figures:
                    return url
            await asyncio.sleep(0.05)


async def test_a_node_that_is_killed_while_it_tells_leaves_nothing_out(tmp_path: Path) -> None:
    with several_nodes(tmp_path / "data", 2) as nodes:
        async with open_evening(nodes.urls[0], "told") as evening, receiving() as receiver:
            token = await evening.token("host", grants=["host", "admin"])
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(base_url=nodes.urls[0], headers=headers) as http:
                made = (await http.post("/v1/webhooks", json={"url": receiver.url})).json()
            # The first answer comes, the second is slow, and the third never comes.
            receiver.answers = [None, 500, None, "hang"]
            killed = await holder(nodes.urls)
            for n in range(5):
                await invite(nodes.urls, evening, token, f"before{n}")
            await receiver.until(lambda r: len(r.told) == 4)
            nodes.kill(killed)
            receiver.answers = [None, "close", 503, None]
            for n in range(10):
                number = await invite(nodes.urls, evening, token, f"after{n}")
            await receiver.until(lambda r: any(b["number"] == number for b in r.good), 60)
            receiver.check(made["secret"])
            told = [body["number"] for body in receiver.good if body["room"] == evening.pre]
            assert set(told) == set(range(number - 14, number + 1))
            assert receiver.told[4].body == receiver.told[3].body, "what was being told comes again"
            await asyncio.to_thread(nodes.read)

            async with httpx.AsyncClient(
                base_url=await holder(nodes.urls), headers=headers
            ) as http:
                found = (await http.get(f"/v1/webhooks/{made['webhook']}")).json()
                assert found["delivered"] >= 15
                assert (found["disabled"], found["failing_since"]) == (None, None)
                assert "secret" not in found
        log = (tmp_path / "data.log").read_text()
        assert made["secret"] not in log
        assert receiver.url not in log


@pytest.mark.slow
async def test_a_node_that_stood_still_tells_nothing_that_another_has_told(
    tmp_path: Path,
) -> None:
    with several_nodes(tmp_path / "data", 2) as nodes:
        async with open_evening(nodes.urls[0], "still") as evening, receiving() as receiver:
            token = await evening.token("host", grants=["host", "admin"])
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(base_url=nodes.urls[0], headers=headers) as http:
                made = (await http.post("/v1/webhooks", json={"url": receiver.url})).json()
            stopped = await holder(nodes.urls)
            alive = [url for url in nodes.urls if url != stopped]
            await invite(alive, evening, token, "before")
            await receiver.until(lambda r: any(b["sequence"] == 1 for b in r.good))
            nodes.pause(stopped, signal.SIGSTOP)
            for n in range(5):
                await invite(alive, evening, token, f"meanwhile{n}")
            await receiver.until(lambda r: any(b["sequence"] == 6 for b in r.good))
            nodes.pause(stopped, signal.SIGCONT)
            for n in range(5):
                await invite([stopped], evening, token, f"after{n}")
            await receiver.until(lambda r: any(b["sequence"] == 11 for b in r.good))
            assert await holder(nodes.urls) == alive[0]
            receiver.check(made["secret"])  # above all, no number comes after a higher one
            assert {body["sequence"] for body in receiver.good} == set(range(1, 12))


async def _refused(cast: Cast, who: str, method: str, path: str, body: Any = None) -> str:
    answer = await cast.ask(who, method, path, body)
    assert answer.is_client_error, (who, method, path, answer.text)
    code: str = answer.json()["code"]
    return code


async def test_only_admins_have_to_do_with_webhooks(server: Server) -> None:
    async with open_cast(server.url, "hooks") as cast:
        made = await cast.done("admin", "POST", "/v1/webhooks", {"url": HERE, "show": "hooks"})
        one = f"/v1/webhooks/{made['webhook']}"
        asked = (
            ("POST", "/v1/webhooks", {"url": HERE}),
            ("GET", "/v1/webhooks", None),
            ("GET", one, None),
            ("DELETE", one, None),
        )
        for who in set(cast.tokens) - {"admin"} | {"none"}:
            code = {"none": "unauthenticated", "forged": "bad_token"}.get(who, "forbidden")
            for method, path, body in asked:
                assert await _refused(cast, who, method, path, body) == code, (who, method)
        listed = (await cast.done("admin", "GET", "/v1/webhooks"))["webhooks"]
        assert [found["webhook"] for found in listed] == [made["webhook"]]
        assert "secret" not in listed[0]
        # An admin's token that is for one show, or one room, or of somebody anonymous.
        for who, more in {
            "within": {"show": "hooks"},
            "outside": {"show": "another"},
            "roomed": {"room": "r"},
            "nobody": {"handle": None},
        }.items():
            asked_for = {"handle": "admin", "grants": ["admin"], **more}
            cast.tokens[who] = (await cast.done("none", "POST", "/v1/token", asked_for))["token"]
        assert await _refused(cast, "within", "POST", "/v1/webhooks", {"url": HERE}) == "forbidden"
        assert (await cast.done("outside", "GET", "/v1/webhooks"))["webhooks"] == []
        for who in ("outside", "roomed"):
            assert await _refused(cast, who, "GET", one) == "forbidden"
            assert await _refused(cast, who, "DELETE", one) == "forbidden"
        assert await _refused(cast, "roomed", "GET", "/v1/webhooks") == "forbidden"
        assert await _refused(cast, "nobody", "GET", one) == "anonymous_listens"
        assert (await cast.done("within", "GET", one))["show"] == "hooks"
        assert (await cast.ask("within", "DELETE", one)).status_code == 204
        assert await _refused(cast, "admin", "GET", one) == "no_such_webhook"
        assert await _refused(cast, "admin", "DELETE", one) == "no_such_webhook"


async def test_what_cannot_be_asked_for(server: Server, tmp_path: Path) -> None:
    async with open_cast(server.url, "wrong-hooks") as cast:
        for body, code in (
            ({"url": "ftp://example.org/"}, "bad_webhook"),
            ({"url": "https://me:secret@example.org/"}, "bad_webhook"),
            ({"url": HERE, "show": "no-such-show"}, "no_such_show"),
            ({"url": HERE, "events": ["no_such_event"]}, "bad_request"),
            ({"url": HERE, "secret": "whsec_mine"}, "bad_request"),
            ({}, "bad_request"),
        ):
            assert await _refused(cast, "admin", "POST", "/v1/webhooks", body) == code, body


SECRET = "a server that is not open to everybody has a key of its own"


@pytest.mark.parametrize("allowed", [False, True])
async def test_the_own_network_is_refused_unless_a_setting_allows_it(
    tmp_path: Path, allowed: bool
) -> None:
    settings = {"SECRET": SECRET} | ({"PRIVATE_WEBHOOKS": "yes"} if allowed else {})
    with running(tmp_path / "data", dev=False, **settings) as server:
        mint = TokenMint(Keyring(keys_of(SECRET)))
        token, _ = mint.mint(Person("admin", "admin"), seconds=60, grants=("admin",))
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers) as http:
            answer = await http.post("/v1/webhooks", json={"url": HERE})
            assert answer.status_code == (201 if allowed else 422), answer.text
            if not allowed:
                assert answer.json()["code"] == "bad_webhook"
