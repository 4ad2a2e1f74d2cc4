"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) over HTTP: addresses, headers, entity tags, CORS.

Stands before everything else of the application, because a whole audience comes this way in
minutes: nothing here is made anew for a request that could be made once. What the requests do is
the affair of ``guests``.
"""

import json
from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import NamedTuple

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from afterparty.node.access.tokens import Bearer
from afterparty.node.doors import guests
from afterparty.node.doors.shell import SAFE_HEADERS
from afterparty.node.ground.refused import Refused, code_of
from afterparty.node.live.connection import Connection, Via
from afterparty.node.node import Node
from afterparty.store.errors import StoreError
from afterparty.wire.messages import SDP_LIMIT
from afterparty.wire.problems import body, problem

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"

RETRY_SECONDS = 2
"""When to try again what was refused for now, where nobody knows better."""

Header = tuple[bytes, bytes]

# A token in a header is not what browsers call credentials, so any origin may ask.
_COMMON: tuple[Header, ...] = (
    *SAFE_HEADERS,
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Location, ETag, Link, Retry-After, Accept-Post, Accept-Patch, WWW-Authenticate",
    ),
)
_ENDPOINT_METHODS = b"POST, HEAD, OPTIONS"
_SESSION_METHODS = b"PATCH, DELETE, GET, HEAD, OPTIONS"

_VIA = MappingProxyType({"whep": Via.WHEP, "whip": Via.WHIP})

log = structlog.get_logger()


class _Request(NamedTuple):
    node: Node
    via: Via
    method: str
    name: str
    """Of the room, or of the session."""
    headers: dict[bytes, bytes]
    host: str
    receive: Receive


class _Reply(NamedTuple):
    status: int
    headers: tuple[Header, ...] = ()
    body: bytes = b""


class _GoneError(Exception):
    """The client hung up in the midst of its request."""


class WebRtcHttp:
    """Serves the addresses of WHIP and WHEP, and passes every other request on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        found = _route(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        methods, allowed, via, name = found
        client = scope["client"]
        request = _Request(
            node=scope["app"].state.node,
            via=via,
            method=scope["method"],
            name=name,
            headers=dict(scope["headers"]),
            host=client[0] if client else "",
            receive=receive,
        )
        handler = methods.get(scope["method"])
        try:
            if handler is None:
                reply = _problem("method_not_allowed", "", None, ((b"allow", allowed),))
            else:
                reply = await handler(request)
        except _GoneError:
            return
        except Refused as refused:
            reply = _problem(refused.code, refused.message, refused.retry_after)
        except StoreError as error:
            log.warning("the store refused", code=error.code, path=scope["path"])
            reply = _problem(code_of(error), "", None)
        except Exception:
            log.exception("a request failed", path=scope["path"])
            reply = _problem("internal", "", None)
        length = (b"content-length", str(len(reply.body)).encode())
        no_body = reply.status == 204
        headers = [*_COMMON, *reply.headers] if no_body else [*_COMMON, *reply.headers, length]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        content = b"" if scope["method"] == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": content})


_Handler = Callable[[_Request], Awaitable[_Reply]]


def _route(path: str) -> tuple[MappingProxyType[str, _Handler], bytes, Via, str] | None:
    """Methods and what they are called, kind, and name of room or session; None if not ours."""
    match path.split("/"):
        case ["", "v1", "rooms", room, ("whep" | "whip") as kind]:
            return _ENDPOINT, _ENDPOINT_METHODS, _VIA[kind], room
        case ["", "v1", ("whep" | "whip") as kind, session]:
            return _SESSION, _SESSION_METHODS, _VIA[kind], session
    return None


def _problem(
    code: str, detail: str, retry_after: int | None, more: tuple[Header, ...] = ()
) -> _Reply:
    found = problem(code, detail)
    headers = ((b"content-type", b"application/problem+json"), *more)
    if retry_after is None and found.status in (429, 503):
        retry_after = RETRY_SECONDS
    if retry_after is not None:
        headers += ((b"retry-after", str(retry_after).encode()),)
    if found.status == 401:
        headers += ((b"www-authenticate", b"Bearer"),)
    return _Reply(found.status, headers, json.dumps(body(found)).encode())


def _bearer(request: _Request) -> Bearer:
    """Whose request it is; one without a good token is counted. Raises ``Refused``."""
    try:
        return _check(request)
    except Refused:
        request.node.limits.request(request.host, request.method)
        raise


def _check(request: _Request) -> Bearer:
    scheme, _, token = request.headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer":
        raise Refused("unauthenticated", "Send an access token: Authorization: Bearer …")
    return request.node.mint.check(token.strip().decode("latin-1"))


def _asker(request: _Request) -> Bearer:
    """Whose request it is, and it is counted; but whoever simulates asks for a whole audience."""
    bearer = _bearer(request)
    if "simulate" not in bearer.grants:
        request.node.limits.request(request.host, request.method)
        request.node.limits.ask(request.host, bearer.person.member)
    return bearer


async def _text(request: _Request, kind: str) -> str:
    """The body, which has to be of that media type. Raises ``Refused``."""
    given = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if given != kind.encode():
        raise Refused("bad_media_type", f"The body has to be {kind}.")
    content = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        content += message.get("body", b"")
        if len(content) > SDP_LIMIT:
            raise Refused("sdp_too_large", f"The body has at most {SDP_LIMIT} bytes.")
        if not message.get("more_body", False):
            break
    try:
        return content.decode()
    except UnicodeDecodeError:
        code = "sdp_malformed" if kind == SDP else "bad_fragment"
        raise Refused(code, "The body is not UTF-8.") from None


# The endpoint of a room.


async def _post(request: _Request) -> _Reply:
    measures = request.node.measures
    try:
        bearer = _bearer(request)
        sdp = await _text(request, SDP)
        connection, answer = await guests.begin(
            request.node, request.via, request.name, bearer, request.host, sdp
        )
    except (Refused, StoreError) as refused:
        measures.join(request.via, refused.code)
        raise
    measures.join(request.via, "welcomed")
    headers = (
        (b"content-type", SDP.encode()),
        (b"location", f"/v1/{request.via}/{connection.connection}".encode()),
        (b"etag", guests.entity_tag(connection).encode()),
    )
    return _Reply(201, headers, answer.encode())


async def _about(request: _Request) -> _Reply:
    request.node.limits.request(request.host, request.method)
    request.node.rooms.room(request.name)
    return _Reply(200, ((b"content-type", SDP.encode()),))


async def _endpoint_options(request: _Request) -> _Reply:
    return _Reply(200, _options(_ENDPOINT_METHODS, (b"accept-post", SDP.encode())))


def _options(methods: bytes, accepted: Header) -> tuple[Header, ...]:
    return (
        (b"allow", methods),
        accepted,
        (b"access-control-allow-methods", methods),
        (b"access-control-allow-headers", b"Authorization, Content-Type, If-Match"),
        (b"access-control-max-age", b"86400"),
    )


# A session.


def _found(request: _Request) -> Connection:
    return guests.find(request.node, request.via, request.name, _asker(request))


async def _patch(request: _Request) -> _Reply:
    bearer = _asker(request)
    guests.find(request.node, request.via, request.name, bearer)
    text = await _text(request, FRAGMENT)
    # It may have ended while the body came.
    connection = guests.find(request.node, request.via, request.name, bearer)
    expected = request.headers.get(b"if-match")
    if expected is None:
        raise Refused("precondition_required", "Send If-Match: the entity tag, or * to restart.")
    tags = [tag.strip() for tag in expected.decode("latin-1").split(",")]
    if "*" not in tags and guests.entity_tag(connection) not in tags:
        raise Refused(
            "precondition_failed", "ICE was restarted since; this is for the old session."
        )
    answer = guests.fragment(request.node, connection, text)
    if answer is None:
        return _Reply(204)
    headers = (
        (b"content-type", FRAGMENT.encode()),
        (b"etag", guests.entity_tag(connection).encode()),
    )
    return _Reply(200, headers, answer.encode())


async def _delete(request: _Request) -> _Reply:
    await request.node.members.depart(_found(request))
    return _Reply(200)


async def _get(request: _Request) -> _Reply:
    return _Reply(204, ((b"etag", guests.entity_tag(_found(request)).encode()),))


async def _session_options(request: _Request) -> _Reply:
    return _Reply(200, _options(_SESSION_METHODS, (b"accept-patch", FRAGMENT.encode())))


_ENDPOINT: MappingProxyType[str, _Handler] = MappingProxyType(
    {"POST": _post, "HEAD": _about, "OPTIONS": _endpoint_options}
)
_SESSION: MappingProxyType[str, _Handler] = MappingProxyType(
    {
        "PATCH": _patch,
        "DELETE": _delete,
        "GET": _get,
        "HEAD": _get,
        "OPTIONS": _session_options,
    }
)

ADDRESSES = MappingProxyType(
    {f"/v1/rooms/{{room}}/{kind}": tuple(_ENDPOINT) for kind in _VIA}
    | {f"/v1/{kind}/{{session}}": tuple(_SESSION) for kind in _VIA}
)
"""Every address that is served here, and its methods: the OpenAPI document does not have them."""
