"""Keys for a peer's sound: DTLS-SRTP (RFC 5764) by aiortc's transport, over a pipe of ours.

aiortc does the handshake and its retransmissions; `Pipe` gives it nothing but DTLS datagrams, so
sound never passes through its tasks. The certificate and the OpenSSL context are made once in a
process: they are most of what a join would cost. Knows no sockets.
"""

import asyncio
import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

from aiortc.rtcdtlstransport import (
    SRTP_PROFILES,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from pylibsrtp import Session

_MAX_WAITING = 64


class HandshakeError(Exception):
    """The handshake failed; `code` is stable, the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Identity:
    """A certificate as aiortc wants it, whose SSL context is made once and then shared."""

    def __init__(self) -> None:
        certificate = RTCCertificate.generateCertificate()
        self._context = certificate._create_ssl_context(srtp_profiles=SRTP_PROFILES)
        self._fingerprints = [f for f in certificate.getFingerprints() if f.algorithm == "sha-256"]

    def getFingerprints(self) -> list[RTCDtlsFingerprint]:  # noqa: N802 - aiortc's name
        return self._fingerprints

    def _create_ssl_context(self, srtp_profiles: Sequence[object]) -> object:
        return self._context


@functools.cache
def _identity() -> _Identity:
    return _Identity()


def fingerprints() -> list[tuple[str, str]]:
    """`(algorithm, value)` of this process's certificate."""
    return [(f.algorithm, f.value) for f in _identity().getFingerprints()]


class _Pipe:
    """What aiortc asks of an ICE transport: a role, and datagrams to and fro."""

    role = "controlling"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._out = send
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(_MAX_WAITING)

    def feed(self, datagram: bytes) -> None:
        # DTLS sends again what is lost, so a full queue may lose.
        with contextlib.suppress(asyncio.QueueFull):
            self._waiting.put_nowait(datagram)

    async def _recv(self) -> bytes:
        return await self._waiting.get()

    async def _send(self, datagram: bytes) -> None:
        self._out(datagram)


class Dtls:
    """One DTLS association. `send` puts a datagram on the wire and never raises."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._pipe = _Pipe(send)
        # aiortc names its own classes here, and uses of them only what ours have.
        pipe: Any = self._pipe
        certificate: Any = _identity()
        self._transport = RTCDtlsTransport(pipe, [certificate])

    def feed(self, datagram: bytes) -> None:
        """Take in a DTLS datagram; those that come before `handshake` wait for it."""
        self._pipe.feed(datagram)

    async def handshake(
        self, remote: Sequence[tuple[str, str]], *, client: bool, on_closed: Callable[[], None]
    ) -> tuple[Session, Session]:
        """Shake hands and return the SRTP sessions `(receive, send)`; raises `HandshakeError`.

        `remote` are the fingerprints the server answered with. `on_closed` is called once if the
        server closes the association later.
        """
        transport = self._transport
        transport._set_role("client" if client else "server")
        await transport.start(RTCDtlsParameters([RTCDtlsFingerprint(*one) for one in remote]))
        if transport.state != "connected":
            if transport.encrypted:
                raise HandshakeError(
                    "dtls_fingerprint",
                    "The server's certificate is not the one its answer promised,"
                    " or it offers no SRTP profile.",
                )
            raise HandshakeError("dtls_failed", "The DTLS handshake with the server failed.")
        transport.on("statechange", lambda: on_closed() if transport.state == "closed" else None)
        return transport._rx_srtp, transport._tx_srtp

    async def close(self) -> None:
        """Say goodbye to the server, and end aiortc's task."""
        transport = self._transport
        transport.remove_all_listeners()
        task = transport._task
        await transport.stop()
        if task is not None:
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()
