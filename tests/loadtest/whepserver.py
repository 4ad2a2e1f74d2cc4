"""A WHEP server of somebody else's make: stock aiortc under uvicorn, one tone for everybody.

Run as a process it prints its URL, and ends with its standard input. Options, as JSON in argv[1]:
`busy` (how many POSTs are refused with 503 first), `setup` (the DTLS role it takes), `wrong`
(whether it promises another certificate than it has), `port` (what the answer says in place of the
media port, for a relay in between).
"""

import asyncio
import json
import re
import socket
import sys
from fractions import Fraction
from typing import Any

import aioice.ice
import numpy as np
import uvicorn
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame

RATE = 48_000
HERTZ = 440.0


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._samples = 0
        self._start = asyncio.get_running_loop().time()

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._start + self._samples / RATE - loop.time())
        n = np.arange(self._samples, self._samples + 960)
        wave = (8000 * np.sin(2 * np.pi * HERTZ * n / RATE)).astype(np.int16)
        frame = AudioFrame.from_ndarray(wave[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._samples, Fraction(1, RATE)
        self._samples += 960
        return frame


class Server:
    def __init__(self, options: dict[str, Any]) -> None:
        self.busy = options.get("busy", 0)
        self.setup = options.get("setup", "active")
        self.wrong = options.get("wrong", False)
        self.sessions: dict[str, RTCPeerConnection] = {}
        self.deleted = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = dict(scope["headers"])
        status, extra, text = await self.answer(
            scope["method"], scope["path"], headers, body.decode()
        )
        extra["content-length"] = str(len(text))
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(k.encode(), v.encode()) for k, v in extra.items()],
            }
        )
        await send({"type": "http.response.body", "body": text.encode()})

    async def answer(
        self, method: str, path: str, headers: dict[bytes, bytes], body: str
    ) -> tuple[int, dict[str, str], str]:
        if method == "GET":
            return 200, {}, json.dumps({"open": len(self.sessions), "deleted": self.deleted})
        if method == "DELETE":
            pc = self.sessions.pop(path, None)
            if pc is None:
                return 404, {}, ""
            self.deleted += 1
            await pc.close()
            return 200, {}, ""
        if path == "/elsewhere":
            return 307, {"location": "/whep"}, ""
        if headers.get(b"authorization") != b"Bearer a-token":
            return 401, {}, ""
        if headers.get(b"content-type") != b"application/sdp":
            return 415, {}, ""
        if self.busy:
            self.busy -= 1
            return 503, {"retry-after": "1"}, ""
        pc = RTCPeerConnection()
        pc.addTrack(Tone())
        await pc.setRemoteDescription(RTCSessionDescription(body, "offer"))
        await pc.setLocalDescription(await pc.createAnswer())
        sdp = pc.localDescription.sdp
        if self.setup == "passive":
            transport = pc.getSenders()[0].transport
            transport._set_role("server")
            sdp = sdp.replace("a=setup:active", "a=setup:passive")
        if self.wrong:
            sdp = re.sub(r"(a=fingerprint:sha-\d+ )(..)", r"\1AB", sdp)
            sdp = re.sub(r"(a=fingerprint:sha-\d+ ..:)(..)", r"\1CD", sdp)
        place = f"/session/{id(pc)}"
        self.sessions[place] = pc
        return 201, {"location": place, "content-type": "application/sdp"}, sdp


async def main() -> None:
    # aioice leaves loopback out of its candidates; here nothing else may be used.
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    options = json.loads(sys.argv[1])
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Server(options), log_level="warning", lifespan="off"))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)

    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), lambda: setattr(server, "should_exit", True))
    await server.serve(sockets=[listening])


if __name__ == "__main__":
    asyncio.run(main())
