"""Sound as an answer, for as long as it may be heard: a file with ranges (RFC 9110 section 14), or
pieces of what is still written.

A file that was deleted stays readable to whoever has it open; whoever is being sent it shall not
get the rest. So each piece is sent only while the file has its name, whichever node deleted it.
Pieces are looked at by whoever makes them.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, aclosing
from pathlib import Path

from starlette.responses import FileResponse, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from afterparty.node.ground.refused import Refused


class GoneError(Exception):
    """It was deleted while it was sent, or may not be heard any more."""


class Served(FileResponse):
    """A file that may be deleted at any moment; the connection is cut off then. Raises
    FileNotFoundError if it is gone already."""

    def __init__(self, path: Path, media_type: str) -> None:
        headers = {"Cache-Control": "no-store"}
        super().__init__(path, headers=headers, media_type=media_type, stat_result=path.stat())

    def _is_there(self) -> bool:
        return Path(self.path).exists()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. An answer that is left unfinished has its connection closed by the server.

        Raises ``Refused`` (``bad_range``) before anything is sent.
        """

        async def while_it_is_there(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                raise Refused("bad_range", "There is no such part of it.")
            if message["type"] == "http.response.body" and not self._is_there():
                raise GoneError
            await send(message)

        try:
            await super().__call__(scope, receive, while_it_is_there)
        except (GoneError, FileNotFoundError):
            return


class Streamed(StreamingResponse):
    """Pieces, whose maker raises ``GoneError`` to have the connection cut off; ``place`` is taken
    while they are sent."""

    def __init__(
        self, pieces: AsyncGenerator[bytes], place: AbstractContextManager[None], media_type: str
    ) -> None:
        headers = {"Cache-Control": "no-store", "Accept-Ranges": "none"}
        super().__init__(pieces, headers=headers, media_type=media_type)
        self._pieces, self._place = pieces, place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them. An answer that is left unfinished has its connection closed by the server.

        Raises ``Refused`` as the place does, before anything is sent.
        """
        with self._place:
            async with aclosing(self._pieces):
                try:
                    await super().__call__(scope, receive, send)
                except GoneError:
                    return
