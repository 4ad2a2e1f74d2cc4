"""The front door: what it lets through, to which node, and what it keeps in."""

import contextlib

import httpx
import pytest
from tests.compose.stack import NODES, URL, Stack
from tests.e2e.conftest import Counting, open_evening

from afterparty.client.ear import Recorder
from afterparty.client.peer import Peer

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/%6detrics", "/metrics?x=1"])
def test_figures_stay_inside(stack: Stack, path: str) -> None:
    answer = httpx.get(URL + path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert "afterparty_connections" in stack.ask("node-a", "/metrics")


def test_a_token_of_one_node_is_good_at_all(stack: Stack) -> None:
    token = stack.inside("node-a", "afterparty", "token", "alice", "--grant", "host")
    for number in range(6):  # each a connection of its own: the door asks another node each time
        answer = httpx.post(
            f"{URL}/v1/shows",
            json={"show": f"key-{number}", "title": "A show"},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 201, answer.text


def test_what_one_node_made_all_nodes_know(stack: Stack) -> None:
    token = stack.inside("node-b", "afterparty", "token", "bea", "--grant", "host")
    with httpx.Client(base_url=URL, headers={"Authorization": f"Bearer {token}"}) as http:
        assert http.post("/v1/shows", json={"show": "s", "title": "A show"}).status_code == 201
        room = {"room": "r", "kind": "space", "title": "A room"}
        assert http.post("/v1/shows/s/rooms", json=room).status_code == 201
        for _ in range(6):
            assert http.get("/v1/rooms/r").json()["room"]["title"] == "A room"


async def test_a_whep_session_is_found_at_its_own_node(stack: Stack) -> None:
    async with contextlib.AsyncExitStack() as leave, open_evening(URL, "whep") as evening:
        token = await evening.token("fan")
        http = await leave.enter_async_context(
            httpx.AsyncClient(base_url=URL, headers={"Authorization": f"Bearer {token}"})
        )
        sessions = []
        for _ in range(4):
            peer = Peer(ear=Counting(Recorder()))
            leave.push_async_callback(peer.close)
            answer = await http.post(
                f"/v1/rooms/{evening.pre}/whep",
                content=await peer.offer(),
                headers={"Content-Type": "application/sdp"},
            )
            assert answer.status_code == 201, answer.text
            await peer.connect(answer.text, timeout=30)
            sessions.append((answer.headers["location"], answer.headers["etag"]))
        held = [stack.figures(node)["afterparty_http_sessions"] for node in NODES]
        assert sum(held) == 4
        assert all(held), "the door sent nobody to one of the nodes"
        for path, tag in sessions * 3:
            found = await http.get(path)
            assert (found.status_code, found.headers["etag"]) == (204, tag)
        for path, _ in sessions:
            assert (await http.delete(path)).status_code == 200
            assert (await http.get(path)).status_code == 404
