"""A file that goes while it is sent."""

from pathlib import Path
from typing import Any

import pytest

from afterparty.node.refused import Refused
from afterparty.node.served import Served

SIZE = 1_000_000


async def sent(answer: Served, after_each: Any = lambda body: None, **headers: str) -> list[Any]:
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
