"""A file as an answer, with ranges (RFC 9110 section 14), for as long as it is there.

A file that was deleted stays readable to whoever has it open; whoever is being sent it shall not
get the rest. So each piece is sent only while the file has its name, whichever node deleted it.
"""

from pathlib import Path

from starlette.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from afterparty.node.refused import Refused


class _GoneError(Exception):
    """The file was deleted while it was sent."""


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
                raise _GoneError
            await send(message)

        try:
            await super().__call__(scope, receive, while_it_is_there)
        except (_GoneError, FileNotFoundError):
            return
