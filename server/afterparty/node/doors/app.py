"""The ASGI application: routes, health, metrics, the browser client, answers to errors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from afterparty import __version__
from afterparty.node.doors import rest
from afterparty.node.doors.metrics import registry
from afterparty.node.doors.routes import server
from afterparty.node.doors.shell import Shell
from afterparty.node.doors.webrtc_http import WebRtcHttp
from afterparty.node.ground.refused import Refused, code_of
from afterparty.node.ground.settings import Settings
from afterparty.node.opening import open_node
from afterparty.store.errors import StoreError
from afterparty.wire.form import sentence
from afterparty.wire.problems import body, problem

log = structlog.get_logger()

PAGES = (
    "/room/{room}",
    "/series/{series}",
    "/recording/{room}",
    "/clip/{clip}",
    "/records",
    "/records/{season}",
)
"""Pages of the browser client: one file, which looks at its own address."""

REFUSALS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Refused: a problem detail (RFC 9457) with a code",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
}
"""What OpenAPI has to say of every answer that is not the one asked for."""

_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def create_app(settings: Settings) -> FastAPI:
    """The application of one node. The node is open between the lifespan's start and end."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_node(settings) as node:
            app.state.node = node
            app.state.registry = registry(node)
            yield

    app = FastAPI(
        title="Afterparty",
        version=__version__,
        summary="Live-audio rooms with exact counts, and audiences handed from room to room.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        responses=REFUSALS,
    )
    app.include_router(rest.router)
    app.include_router(server.problems)
    _add_health(app)
    _add_errors(app)
    _add_client(app, settings.client_demo or _client_folder())
    # Reading needs no token and no cookie, so pages of other nodes, and of anybody, may read.
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET"])
    app.add_middleware(Shell)
    app.add_middleware(WebRtcHttp)  # the last one added is the first one asked
    return app


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Answer while the process serves."""
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz(request: Request) -> Response:
        """Answer whether store and sound are up."""
        if await request.app.state.node.ready():
            return JSONResponse({"status": "ready"})
        return _problem_response("store_unavailable", "Not ready.")

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics(request: Request) -> Response:
        """Answer all figures as Prometheus text."""
        return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)


def _problem_response(code: str, detail: str = "", retry_after: int | None = None) -> JSONResponse:
    found = problem(code, detail)
    headers = {"Retry-After": str(retry_after or 2)} if found.status in (429, 503) else {}
    if found.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        body(found),
        status_code=found.status,
        headers=headers,
        media_type="application/problem+json",
    )


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return _problem_response(error.code, error.message, error.retry_after)

    @app.exception_handler(StoreError)
    async def store(request: Request, error: StoreError) -> Response:
        log.warning("the store refused", code=error.code, path=request.url.path)
        return _problem_response(code_of(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return _problem_response("bad_json")
        return _problem_response("bad_request", sentence(first))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return _problem_response(_BY_STATUS.get(error.status_code, "bad_request"))

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        log.error("a request failed", path=request.url.path, exc_info=error)
        return _problem_response("internal")


def _client_folder() -> Path | None:
    package = Path(__file__).parent.parent.parent
    for folder in (package / "_client_demo", package.parent.parent / "client_demo"):
        if (folder / "index.html").is_file():
            return folder
    return None


def _add_client(app: FastAPI, folder: Path | None) -> None:
    if folder is None:
        return

    async def page() -> FileResponse:
        return FileResponse(folder / "index.html")

    for address in PAGES:
        app.add_api_route(address, page, include_in_schema=False)

    app.mount("/", StaticFiles(directory=folder, html=True), name="client")
