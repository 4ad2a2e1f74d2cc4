"""What goes while it is sent."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from afterparty.node.ground.refused import Refused
from afterparty.node.tape.served import GoneError, Served, Streamed

SIZE = 1_000_000


async def sent(
    answer: Served | Streamed, after_each: Any = lambda body: None, **headers: str
) -> list[Any]:
    """What the answer sends."""
    scope = {
        "type": "http",
        "method": "GET",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }
    messages: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("nobody leaves")

    async def send(message: Any) -> None:
        messages.append(message)
        after_each(message.get("body"))

    await answer({**scope, "asgi": {"spec_version": "2.4"}}, receive, send)
    return messages


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "whole.ogg"
    found.write_bytes(bytes(range(256)) * (SIZE // 256))
    return found


async def test_a_file_is_sent_whole(path: Path) -> None:
    start, *pieces = await sent(Served(path, "audio/ogg"))
    assert start["status"] == 200
    assert b"".join(piece["body"] for piece in pieces) == path.read_bytes()
    assert not pieces[-1]["more_body"]


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=100-900000"}])
async def test_whoever_is_being_sent_it_does_not_get_the_rest(
    path: Path, headers: dict[str, str]
) -> None:
    def delete(body: bytes | None) -> None:
        if body is not None:
            path.unlink()

    _, *pieces = await sent(Served(path, "audio/ogg"), delete, **headers)
    assert len(pieces) == 1
    assert pieces[0]["more_body"], "the connection is cut off, so that nobody takes it for whole"


async def test_one_that_goes_before_it_is_opened_is_left_unfinished(path: Path) -> None:
    answer = Served(path, "audio/ogg")
    path.unlink()
    messages = await sent(answer)
    assert [message["type"] for message in messages] == ["http.response.start"]


@pytest.mark.parametrize("asked", ["bytes=2000000-", "bytes=nonsense"])
async def test_a_part_that_there_is_not_is_refused(path: Path, asked: str) -> None:
    with pytest.raises(Refused, match="bad_range"):
        await sent(Served(path, "audio/ogg"), range=asked)


def test_one_that_is_gone_is_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Served(tmp_path / "none.ogg", "audio/ogg")


class Place:
    """Room for one who is sent pieces."""

    def __init__(self) -> None:
        self.free, self.ended = True, False

    @contextmanager
    def take(self) -> Iterator[None]:
        if not self.free:
            raise Refused("busy", "One is enough.")
        self.free = False
        try:
            yield
        finally:
            self.free = True

    async def pieces(self, gone_after: int = 5) -> AsyncGenerator[bytes]:
        """Five pieces, if nothing is deleted before."""
        try:
            for number in range(5):
                if number == gone_after:
                    raise GoneError
                assert not self.free
                yield b"piece"
        finally:
            self.ended = True

    def stream(self, gone_after: int = 5) -> Streamed:
        """The answer."""
        return Streamed(self.pieces(gone_after), self.take(), "audio/ogg")


async def test_pieces_are_sent_in_a_place_that_is_free_afterwards() -> None:
    place = Place()
    start, *pieces = await sent(place.stream())
    assert dict(start["headers"])[b"cache-control"] == b"no-store"
    assert b"".join(piece["body"] for piece in pieces) == b"piece" * 5
    assert not pieces[-1]["more_body"]
    assert place.free
    assert place.ended


async def test_pieces_that_are_gone_leave_the_answer_unfinished() -> None:
    place = Place()
    _, *pieces = await sent(place.stream(gone_after=2))
    assert [piece["body"] for piece in pieces] == [b"piece"] * 2
    assert pieces[-1]["more_body"], "the connection is cut off, so that nobody takes it for whole"
    assert place.free


async def test_whoever_goes_leaves_the_place_free() -> None:
    place = Place()

    def leave(body: bytes | None) -> None:
        if body:
            raise OSError("gone")

    with pytest.raises(ClientDisconnect):
        await sent(place.stream(), leave)
    assert place.free
    assert place.ended


async def test_where_there_is_no_place_nothing_is_sent() -> None:
    place = Place()
    with place.take(), pytest.raises(Refused, match="busy"):
        await sent(place.stream())
