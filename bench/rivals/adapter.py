"""WHEP in front of Janus' WebSocket API: ``… adapter ws://127.0.0.1:8188 HOST``, HOST being ours.

Signalling only; the sound goes from Janus to the listener. The streaming plugin of Janus 1.1 makes
offers and takes none, so each side's offer becomes the other side's answer. In DTLS the listener is
the client: Janus is told so by `active`, the listener by `passive`.
"""

import asyncio
import itertools
import json
import re
import sys
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from bench.rivals.endpoint import serve

MOUNTPOINT = 1
KEEPALIVE_SECONDS = 20.0
START_SECONDS = 10.0
ANSWER_SECONDS = 20.0

_TRANSPORT = re.compile(r"a=(?:ice-ufrag|ice-pwd|fingerprint|candidate):.*")
_CODEC = re.compile(r"m=audio \d+ \S+ (\d+)")

Message = dict[str, Any]


def answer_of(offer: str, mid: str, *, setup: str, direction: str) -> str:
    """Make one side's offer of audio the answer to the other's, whose section is called ``mid``.

    Raises:
        ValueError: it offers no audio.
    """
    codec = _CODEC.search(offer)
    if codec is None:
        raise ValueError("no audio is offered")
    given = offer.splitlines()
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {mid}",
        *(line for line in given if line == "a=ice-lite"),
        f"m=audio 9 UDP/TLS/RTP/SAVPF {codec[1]}",
        "c=IN IP4 127.0.0.1",
        f"a=mid:{mid}",
        f"a={direction}",
        "a=rtcp-mux",
        f"a=rtpmap:{codec[1]} opus/48000/2",
        f"a=setup:{setup}",
        *(line for line in given if _TRANSPORT.fullmatch(line)),
    ]
    return "\r\n".join([*lines, ""])


def mid_of(offer: str) -> str:
    """What an offer calls its one section; ValueError if it has no name."""
    found = re.search(r"^a=mid:(\S+)", offer, re.MULTILINE)
    if found is None:
        raise ValueError("the section has no mid")
    return found[1]


class Janus:
    """One session with Janus, in which every listener has a handle."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._session: int | None = None
        self._numbers = itertools.count(1)
        self._replies: dict[str, asyncio.Future[Message]] = {}

    async def open(self) -> None:
        """Begin the session; `read` has to run already."""
        self._session = int((await self._ask(janus="create"))["data"]["id"])

    async def read(self) -> None:
        """Hand out what Janus says, until it says no more."""
        async for text in self._socket:
            message: Message = json.loads(text)
            reply = self._replies.get(message.get("transaction", ""))
            if message["janus"] != "ack" and reply is not None and not reply.done():
                reply.set_result(message)

    async def keep(self) -> None:
        """Let Janus know that we are there."""
        while True:
            await asyncio.sleep(KEEPALIVE_SECONDS)
            await self._ask(acknowledged=True, janus="keepalive")

    async def watch(self, offer: str) -> "Watching":
        """A new listener of the mountpoint. ValueError if the offer is of no use."""
        mid = mid_of(offer)
        attached = await self._ask(janus="attach", plugin="janus.plugin.streaming")
        handle = int(attached["data"]["id"])
        try:
            asked = {"request": "watch", "id": MOUNTPOINT}
            watched = await self._ask(janus="message", handle_id=handle, body=asked)
            theirs = str(watched["jsep"]["sdp"])
            reply = answer_of(offer, mid_of(theirs), setup="active", direction="recvonly")
            await self._ask(
                janus="message",
                handle_id=handle,
                body={"request": "start"},
                jsep={"type": "answer", "sdp": reply},
            )
        except BaseException:
            await self.detach(handle)
            raise
        answer = answer_of(theirs, mid, setup="passive", direction="sendonly")
        return Watching(self, handle, answer)

    async def detach(self, handle: int) -> None:
        """A listener less."""
        await self._ask(janus="detach", handle_id=handle)

    async def _ask(self, *, acknowledged: bool = False, **message: Any) -> Message:
        """Say something; Janus' reply, or the event that it leads to.

        Raises:
            RuntimeError: Janus refused.
        """
        transaction = str(next(self._numbers))
        message["transaction"] = transaction
        if self._session is not None:
            message["session_id"] = self._session
        reply = asyncio.get_running_loop().create_future()
        if not acknowledged:  # nothing more comes then
            self._replies[transaction] = reply
        try:
            await self._socket.send(json.dumps(message))
            if acknowledged:
                return {}
            async with asyncio.timeout(ANSWER_SECONDS):
                said: Message = await reply
        finally:
            self._replies.pop(transaction, None)
        if said["janus"] == "error" or "error" in said.get("plugindata", {}).get("data", {}):
            raise RuntimeError(f"Janus refused: {said}")
        return said


@dataclass(frozen=True, slots=True)
class Watching:
    """One listener."""

    janus: Janus
    handle: int
    answer: str
    """SDP."""

    async def leave(self) -> None:
        """Give the handle back."""
        await self.janus.detach(self.handle)


async def main(url: str, host: str) -> None:
    """Serve at this address until terminated. OSError if Janus is not there in time."""
    async with asyncio.timeout(START_SECONDS):
        socket = await _reached(url)
    async with socket:
        janus = Janus(socket)
        reading = asyncio.create_task(janus.read())
        await janus.open()
        keeping = asyncio.create_task(janus.keep())
        try:
            await serve(janus.watch, host)
        finally:
            keeping.cancel()
            reading.cancel()
            await asyncio.gather(keeping, reading, return_exceptions=True)


async def _reached(url: str) -> ClientConnection:
    """Janus takes a moment to load its plugins."""
    while True:
        try:
            return await connect(url, subprotocols=["janus-protocol"], max_queue=1024)  # type: ignore[list-item]
        except OSError:
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
