"""A bad network between a swarm and a WHEP server: a proxy for HTTP, and a relay that loses sound.

The proxy passes everything on, and puts the relay's address into the answer; the relay passes
datagrams both ways, each client by a socket of its own, but for some of the sound it sends down.
"""

import asyncio
import http.client
import random
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Address = tuple[str, int]

_CANDIDATE = re.compile(rb"(a=candidate:\S+ 1 udp \d+ )(\S+) (\d+)")


class _Up(asyncio.DatagramProtocol):
    """One client's way to the server."""

    def __init__(self, relay: "Relay", client: Address) -> None:
        self.relay, self.client = relay, client

    def datagram_received(self, data: bytes, address: Address) -> None:
        self.relay.down(data, self.client)


class Relay(asyncio.DatagramProtocol):
    """Loses a share of the RTP packets on their way down."""

    def __init__(self, lose: float, seed: int = 1) -> None:
        self.lose, self.chance = lose, random.Random(seed)
        self.server: Address | None = None
        self.lost = self.passed = 0
        self.ups: dict[Address, asyncio.DatagramTransport] = {}
        self.waiting: set[asyncio.Task[None]] = set()
        self.transport: asyncio.DatagramTransport

    def datagram_received(self, data: bytes, address: Address) -> None:
        up = self.ups.get(address)
        if up is not None:
            up.sendto(data)
            return
        task = asyncio.ensure_future(self.open(data, address))
        self.waiting.add(task)
        task.add_done_callback(self.waiting.discard)

    async def open(self, data: bytes, client: Address) -> None:
        loop = asyncio.get_running_loop()
        up, _ = await loop.create_datagram_endpoint(
            lambda: _Up(self, client), remote_addr=self.server
        )
        # Somebody may have been faster while this one was being opened.
        kept = self.ups.setdefault(client, up)
        if kept is not up:
            up.close()
        kept.sendto(data)

    def down(self, data: bytes, client: Address) -> None:
        if data[0] & 0xC0 == 0x80 and self.chance.random() < self.lose:
            self.lost += 1
            return
        self.passed += 1
        self.transport.sendto(data, client)


@asynccontextmanager
async def lossy(base_url: str, lose: float) -> AsyncIterator[tuple[str, Relay]]:
    """A URL by which the server is reached over a bad network, and the relay."""
    loop = asyncio.get_running_loop()
    transport, relay = await loop.create_datagram_endpoint(
        lambda: Relay(lose), local_addr=("127.0.0.1", 0)
    )
    relay.transport = transport
    port = transport.get_extra_info("sockname")[1]
    server = urlsplit(base_url)

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            far = http.client.HTTPConnection(server.hostname or "", server.port, timeout=30)
            try:
                names = ("Content-Type", "Authorization", "If-Match")
                headers = {name: self.headers[name] for name in names if name in self.headers}
                far.request(self.command, self.path, body, headers)
                answer = far.getresponse()
                told = answer.read()
            finally:
                far.close()
            found = _CANDIDATE.search(told)
            if found is not None:
                relay.server = (found[2].decode(), int(found[3]))
                told = _CANDIDATE.sub(rb"\g<1>127.0.0.1 %d" % port, told)
            self.send_response(answer.status)
            for name in ("Content-Type", "Location", "Retry-After"):
                if answer.headers[name]:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_POST = do_DELETE = do_PATCH = pass_on  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    class Quick(ThreadingHTTPServer):
        request_queue_size = 128

    with Quick(("127.0.0.1", 0), Proxy) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}", relay
        finally:
            await asyncio.to_thread(proxy.shutdown)
            thread.join()
            for up in relay.ups.values():
                up.close()
            transport.close()
            await asyncio.sleep(0)
