"""The HTTP client and WHEP against a server that answers whatever the test wants it to."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest

from afterparty.loadtest import http
from afterparty.loadtest.http import HttpClient, HttpError, Response
from afterparty.loadtest.whep import LaterError, Whep, WhepError, retry_after

Answer = Callable[[str, dict[str, str], bytes], bytes]


class Canned:
    """A server that keeps connections, and what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0
        self.at_once = self.most_at_once = 0
        self.url = ""
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
                body = await reader.readexactly(int(headers["content-length"]))
                self.asked.append((head[0], headers, body))
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                await asyncio.sleep(0.01)
                self.at_once -= 1
                answer = self._answer(head[0], headers, body)
                writer.write(answer)
                if not answer:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def canned(answer: Answer) -> AsyncIterator[Canned]:
    told = Canned(answer)
    server = await asyncio.start_server(told.serve, "127.0.0.1", 0)
    told.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield told
        server.close()


def says(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "\r\n"]).encode() + body


def created(line: str, headers: dict[str, str], body: bytes) -> bytes:
    return says(201, b"v=0 answer", location="/sessions/7") if line[:4] == "POST" else says(200)


async def test_a_session_is_opened_and_ended() -> None:
    async with canned(created) as server:
        whep = Whep(f"{server.url}/rooms/r/whep?a=b", "secret")
        session = await whep.post("v=0 offer")
        await whep.delete(session.url)
        whep.close()
    assert session.url == f"{server.url}/sessions/7"
    assert session.answer == "v=0 answer"
    (line, headers, body), (last, _, _) = server.asked
    assert line == "POST /rooms/r/whep?a=b HTTP/1.1"
    assert headers["content-type"] == "application/sdp"
    assert headers["authorization"] == "bearer secret"
    assert body == b"v=0 offer"
    assert last == "DELETE /sessions/7 HTTP/1.1"
    assert server.connections == 1


async def test_many_requests_share_a_few_connections() -> None:
    async with canned(created) as server:
        whep = Whep(server.url, None)
        await asyncio.gather(*(whep.post("v=0") for _ in range(60)))
        whep.close()
    assert len(server.asked) == 60
    assert server.connections <= http.CONNECTIONS
    assert server.most_at_once > 1


async def test_a_redirect_is_followed_and_the_token_stays_at_home() -> None:
    async with canned(created) as other:
        there = f"{other.url}/there"
        async with canned(lambda *_: says(307, location=there)) as home:
            whep = Whep(f"{home.url}/whep", "secret")
            session = await whep.post("v=0")
            whep.close()
    assert session.url == f"{other.url}/sessions/7"
    assert "authorization" in home.asked[0][1]
    assert "authorization" not in other.asked[0][1]


@pytest.mark.parametrize("status", [307, 201])
async def test_a_test_of_this_machine_is_not_led_away_from_it(status: int) -> None:
    async with canned(lambda *_: says(status, location="http://192.0.2.1/there")) as server:
        whep = Whep(f"{server.url}/whep", "secret")
        with pytest.raises(WhepError, match="led_elsewhere"):
            await whep.post("v=0")
        whep.close()
    assert len(server.asked) == 1


async def test_redirects_come_to_an_end() -> None:
    async with canned(lambda *_: says(307, location="/again")) as server:
        whep = Whep(server.url, None)
        with pytest.raises(WhepError, match="http_307"):
            await whep.post("v=0")
        whep.close()
    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [409, 429, 503])
async def test_who_is_asked_to_come_later_knows_when(status: int) -> None:
    async with canned(lambda *_: says(status, retry_after="7")) as server:
        whep = Whep(server.url, None)
        with pytest.raises(LaterError) as caught:
            await whep.post("v=0")
        whep.close()
    assert (caught.value.code, caught.value.seconds) == (f"http_{status}", 7.0)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (says(404), "http_404"),
        (says(200), "http_200"),
        (says(201, b"v=0"), "no_location"),
        (says(307, location="ftp://x/"), "bad_location"),
    ],
)
async def test_other_answers_are_refusals(answer: bytes, code: str) -> None:
    async with canned(lambda *_: answer) as server:
        whep = Whep(server.url, None)
        with pytest.raises(WhepError, match=code):
            await whep.post("v=0")
        whep.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        says(200, bytes(http.MAX_BODY + 1)),
        says(200, **{f"h{number}": "x" for number in range(http.MAX_HEADERS + 1)}),
    ],
    ids=["closed", "nonsense", "long", "headers"],
)
async def test_what_is_no_response_breaks_only_the_request(answer: bytes) -> None:
    answers = [answer]
    async with canned(lambda *_: answers.pop() if answers else says(200, b"well")) as server:
        client = HttpClient(server.url)
        with pytest.raises(HttpError, match="http_broken"):
            await client.request("GET", "/", {})
        assert (await client.request("GET", "/", {})).body == b"well"
        client.close()


async def test_chunks_and_early_hints_are_read() -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
    async with canned(lambda *_: hint + chunked) as server:
        client = HttpClient(server.url)
        response = await client.request("GET", "/", {})
        assert (response.status, response.body) == (200, b"abcde")
        client.close()


async def test_a_connection_that_is_to_be_closed_is_not_used_again() -> None:
    async with canned(lambda *_: says(200, connection="close")) as server:
        client = HttpClient(server.url)
        for _ in range(3):
            await client.request("GET", "/", {})
        client.close()
    assert server.connections == 3


async def test_an_old_connection_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "IDLE_SECONDS", 0.0)
    async with canned(lambda *_: says(200)) as server:
        client = HttpClient(server.url)
        for _ in range(3):
            await client.request("GET", "/", {})
        client.close()
    assert server.connections == 3


async def test_nobody_there() -> None:
    async with canned(created) as server:
        url = server.url
    client = HttpClient(url)
    with pytest.raises(HttpError, match="http_unreachable"):
        await client.request("GET", "/", {})


@pytest.mark.parametrize("url", ["ftp://x/", "http:///x", "nonsense"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        HttpClient(url)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), ("0", 0.1), ("99999", 30.0), ("", 1.0), ("soon", 1.0), ("1" * 400, 1.0)],
)
def test_retry_after_is_read(value: str, seconds: float) -> None:
    assert retry_after(Response(503, {"retry-after": value}, b"")) == seconds


def test_retry_after_may_be_a_date() -> None:
    date = formatdate(time.time() + 20, usegmt=True)
    assert 10 < retry_after(Response(503, {"retry-after": date}, b"")) <= 20
