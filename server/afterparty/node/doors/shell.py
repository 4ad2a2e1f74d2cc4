"""ASGI middleware around everything: requests are counted and their bodies bounded, and every
answer has safe headers."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from afterparty.node.ground.refused import Refused
from afterparty.wire.problems import body, problem

BODY_LIMIT = 65_536
"""Bytes in a request's body."""

STEP_LIMIT = 163_840
"""Bytes in the body that names two thousand simulated members."""

SAFE_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (
        b"content-security-policy",
        # The client goes on at other nodes of the server, which may be anywhere.
        b"default-src 'self'; connect-src 'self' http: https: ws: wss:; img-src 'self' data:; "
        b"media-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"microphone=(self), camera=(), geolocation=()"),
)


class _TooLargeError(Exception):
    pass


class Shell:
    """Bounds what comes in and marks what goes out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read, over = 0, False
        most = STEP_LIMIT if scope["path"].endswith("/crowd") else BODY_LIMIT

        async def bounded() -> Message:
            nonlocal read, over
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                over = True
                raise _TooLargeError
            return message

        async def answered(message: Message) -> None:
            if not over:  # whatever was made of the fault of reading, the answer is ours
                await marked(message)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *SAFE_HEADERS]
            await send(message)

        try:
            if scope["path"].startswith("/v1/"):
                client = scope["client"]
                limits = scope["app"].state.node.limits
                limits.request(client[0] if client else "", scope["method"])
            declared = dict(scope["headers"]).get(b"content-length", b"0")
            if not declared.isdigit() or int(declared) > most:
                raise _TooLargeError
            await self._app(scope, bounded, answered)
        except Refused as refused:
            await _refuse(refused, scope, receive, marked)
            return
        except _TooLargeError:
            over = True
        if over:
            too_large = Refused("too_large", f"A body has at most {BODY_LIMIT} bytes.")
            await _refuse(too_large, scope, receive, marked)


async def _refuse(refused: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    found = problem(refused.code, refused.message)
    wait = refused.retry_after
    response = JSONResponse(
        body(found),
        status_code=found.status,
        headers=None if wait is None else {"Retry-After": str(wait)},
        media_type="application/problem+json",
    )
    await response(scope, receive, send)
