"""The REST half of the public API, typed with the wire's models. Keeps no state but its client.

Neither proxies nor credentials are taken from the environment: sound could not follow them.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cache
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from urllib.parse import quote

import httpx
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel, ValidationError

from afterparty.client.doors import Doors
from afterparty.client.errors import ApiError
from afterparty.client.knocking import knock
from afterparty.wire.accounts import MeView, NoticeList, NoticeView
from afterparty.wire.bodies import (
    CommandReply,
    CreateRecord,
    CreateRoom,
    CreateShow,
    EventList,
    HandoffReply,
    RecordList,
    RoomList,
    ServerView,
    ShowCounts,
    ShowList,
    ShowMembers,
    TokenReply,
    TokenRequest,
)
from afterparty.wire.crowd import CrowdReply, CrowdStep
from afterparty.wire.guests import GuestList
from afterparty.wire.questions import QuestionList
from afterparty.wire.recordings import ClipList, ClipView, RecordingView
from afterparty.wire.records import RecordView
from afterparty.wire.seasons import (
    CreateSeason,
    SeasonBook,
    SeasonList,
    SeasonView,
    TellRecord,
)
from afterparty.wire.series import CreateSeries, SeriesList, SeriesSummary, SeriesView
from afterparty.wire.views import QuestionView, RoomSummary, ShowView

M = TypeVar("M", bound=BaseModel)

REQUEST_SECONDS = 10.0
"""How long one request may take."""

PAGE = 500
"""Events, or shows, asked for at once."""


@cache
def _trusted() -> ssl.SSLContext:
    """Whom a server's certificate has to be from. Read once: it takes longer than many requests."""
    return httpx.create_ssl_context(trust_env=False)


class Api:
    """Requests to one server, in one bearer's name (``token``; ``None``: nobody's).

    ``doors``, which several may share, are where else the server can be reached: what nobody took
    up is asked there. Use it as an async context manager, or ``close()`` it. Every method raises
    `ApiError`: with the server's code and status, or ``unreachable`` and ``not_understood`` with
    status 0.
    """

    def __init__(self, base_url: str, token: str | None = None, doors: Doors | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self._doors = doors or Doors(self.base_url)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(
            base_url=self.base_url,
            headers=headers,
            timeout=REQUEST_SECONDS,
            trust_env=False,
            verify=_trusted(),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def wait_ready(self, seconds: float = 30.0) -> None:
        """Return as soon as the server says that it is ready; ``unreachable`` after ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if await self._ready():
                        return
                    await asyncio.sleep(0.05)
        except TimeoutError:
            message = f"{self.base_url} was not ready within {seconds:g} s."
            raise ApiError("unreachable", message, 0) from None

    async def _ready(self) -> bool:
        try:
            return (await self._http.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def server(self) -> ServerView:
        """What the server says of itself."""
        return await self._ask(ServerView, "GET", "/v1/server")

    async def metrics(self) -> dict[str, float]:
        """The server's figures by sample name; those that have labels, summed."""
        answer = await self._send("GET", "/metrics")
        found: dict[str, float] = {}
        try:
            for family in text_string_to_metric_families(answer.text):
                for sample in family.samples:
                    found[sample.name] = found.get(sample.name, 0.0) + sample.value
        except ValueError as error:
            message = "GET /metrics was answered with something else than figures."
            raise ApiError("not_understood", message, 0) from error
        return found

    async def token(
        self,
        handle: str | None = None,
        name: str = "",
        *,
        grants: Sequence[str] = (),
        ceiling: str = "host",
        show: str | None = None,
        room: str | None = None,
    ) -> TokenReply:
        """A token from a server in development mode; without ``handle``, somebody anonymous."""
        body = TokenRequest.model_validate(
            {
                "handle": handle,
                "name": name,
                "grants": list(grants),
                "ceiling": ceiling,
                "show": show,
                "room": room,
            }
        )
        return await self._ask(TokenReply, "POST", "/v1/token", body)

    async def shows(self) -> list[ShowView]:
        """All shows, the newest first."""
        found: list[ShowView] = []
        while True:
            after = f"&after={_part(found[-1].show)}" if found else ""
            path = f"/v1/shows?limit={PAGE}{after}"
            page = (await self._ask(ShowList, "GET", path)).shows
            found += page
            if len(page) < PAGE:
                return found

    async def show(self, show: str) -> ShowView:
        """One show."""
        return await self._ask(ShowView, "GET", f"/v1/shows/{_part(show)}")

    async def create_show(self, body: CreateShow) -> ShowView:
        """Make a show."""
        return await self._ask(ShowView, "POST", "/v1/shows", body)

    async def counts(self, show: str) -> ShowCounts:
        """Counts of all rooms of a show at one instant."""
        return await self._ask(ShowCounts, "GET", f"/v1/shows/{_part(show)}/counts")

    async def members(self, show: str) -> ShowMembers:
        """Who is in which room of a show, at one instant; for whoever made it, and admins."""
        return await self._ask(ShowMembers, "GET", f"/v1/shows/{_part(show)}/members")

    async def crowd(self, show: str, step: CrowdStep) -> CrowdReply:
        """Have simulated members come, go, follow and stay; for who made the simulated show."""
        return await self._ask(CrowdReply, "POST", f"/v1/shows/{_part(show)}/crowd", step)

    async def rooms(self, **search: str | int | Sequence[str]) -> list[RoomSummary]:
        """Rooms: live, then scheduled, then over; of ``search`` as the address takes it."""
        asked = httpx.QueryParams(search)
        return (await self._ask(RoomList, "GET", f"/v1/rooms?{asked}")).rooms

    async def room(self, room: str) -> RoomSummary:
        """One room with its counts."""
        return await self._ask(RoomSummary, "GET", f"/v1/rooms/{_part(room)}")

    async def create_room(self, show: str, body: CreateRoom) -> RoomSummary:
        """Make a room of a show; the token's bearer hosts it."""
        return await self._ask(RoomSummary, "POST", f"/v1/shows/{_part(show)}/rooms", body)

    async def command(self, room: str, type_: str, **fields: object) -> int:
        """Carry out a room command; returns the number of the last event it led to."""
        path = f"/v1/rooms/{_part(room)}/commands"
        return (await self._ask(CommandReply, "POST", path, {"type": type_, **fields})).number

    async def events(self, room: str, after: int = 0, limit: int = PAGE) -> list[dict[str, Any]]:
        """A stretch of the room's log: at most ``limit`` events with numbers above ``after``."""
        path = f"/v1/rooms/{_part(room)}/events?after={after}&limit={limit}"
        return (await self._ask(EventList, "GET", path)).events

    async def all_events(self, room: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """The room's log from there on, page by page, as far as it goes now."""
        while page := await self.events(room, after):
            for event in page:
                yield event
            after = int(page[-1]["number"])

    async def questions(
        self, room: str, limit: int = 50, order: Literal["votes", "new"] = "votes"
    ) -> QuestionList:
        """Open questions of a Blueroom, at most ``limit`` (to 200)."""
        path = f"/v1/rooms/{_part(room)}/questions?limit={limit}&order={order}"
        return await self._ask(QuestionList, "GET", path)

    async def ask(self, room: str, text: str) -> QuestionView:
        """Ask the stage of a Blueroom that the bearer is in."""
        path = f"/v1/rooms/{_part(room)}/questions"
        return await self._ask(QuestionView, "POST", path, {"text": text})

    async def vote(self, room: str, question: str, *, given: bool = True) -> None:
        """Want a question answered, or no more."""
        path = f"/v1/rooms/{_part(room)}/questions/{_part(question)}/vote"
        await self._send("PUT" if given else "DELETE", path)

    async def hide_question(self, room: str, question: str) -> None:
        """Take a question away: one's own, or as a host another's."""
        await self._send("DELETE", f"/v1/rooms/{_part(room)}/questions/{_part(question)}")

    async def guests(self, room: str, q: str = "", limit: int = 1000) -> GuestList:
        """Who is in a room, the stage first; ``q`` is looked for in handles and names."""
        path = f"/v1/rooms/{_part(room)}/guests?limit={limit}&q={_part(q)}"
        return await self._ask(GuestList, "GET", path)

    async def handoff(self, room: str, handoff: str) -> dict[str, str]:
        """A handoff's ledger: ``offered``, ``moved``, ``declined`` or ``lost`` by member."""
        path = f"/v1/rooms/{_part(room)}/handoffs/{_part(handoff)}"
        return (await self._ask(HandoffReply, "GET", path)).outcomes

    async def me(self) -> MeView:
        """Whom the bearer's account follows and blocks, and what it is to hear of."""
        return await self._ask(MeView, "GET", "/v1/me")

    async def follow(self, member: str, *, on: bool = True) -> None:
        """Follow a member, or no more."""
        await self._list("follows", member, on=on)

    async def block(self, member: str, *, on: bool = True) -> None:
        """Let a member into no room that the bearer hosts, or let them in again."""
        await self._list("blocks", member, on=on)

    async def remind(self, room: str, *, on: bool = True) -> None:
        """Have the bearer told when a scheduled room begins, or no more."""
        await self._list("reminders", room, on=on)

    async def follow_series(self, series: str, *, on: bool = True) -> None:
        """Follow a series, or no more."""
        await self._list("series", series, on=on)

    async def _list(self, which: str, name: str, *, on: bool) -> None:
        await self._send("PUT" if on else "DELETE", f"/v1/me/{which}/{_part(name)}")

    async def notices(self, after: str = "") -> list[NoticeView]:
        """What the bearer was told after a notice, in the order in which it was told."""
        path = f"/v1/me/notices?after={_part(after)}"
        return (await self._ask(NoticeList, "GET", path)).notices

    async def create_series(self, body: CreateSeries) -> SeriesSummary:
        """Make a series; only the bearer adds episodes to it."""
        return await self._ask(SeriesSummary, "POST", "/v1/series", body)

    async def all_series(self) -> list[SeriesSummary]:
        """The newest series."""
        return (await self._ask(SeriesList, "GET", "/v1/series")).series

    async def series(self, series: str) -> SeriesView:
        """One series with its episodes, in the order in which they take place."""
        return await self._ask(SeriesView, "GET", f"/v1/series/{_part(series)}")

    async def records(self, limit: int = 10, at: float | None = None) -> RecordList:
        """The record book: at most ``limit`` (to 100) entries, as of ``at`` (epoch seconds)."""
        when = "" if at is None else f"&at={at!r}"
        return await self._ask(RecordList, "GET", f"/v1/records?limit={limit}{when}")

    async def create_record(self, body: CreateRecord) -> RecordView:
        """Enter a load test into the record book; the entry as it stands there."""
        return await self._ask(RecordView, "POST", "/v1/records", body)

    async def create_season(self, body: CreateSeason) -> SeasonView:
        """Make a season; the same again by the same bearer is the same season."""
        return await self._ask(SeasonView, "POST", "/v1/seasons", body)

    async def seasons(self, limit: int = 100, after: str | None = None) -> list[SeasonView]:
        """The newest seasons after one, or of all, at most ``limit`` (to 500)."""
        since = "" if after is None else f"&after={_part(after)}"
        return (await self._ask(SeasonList, "GET", f"/v1/seasons?limit={limit}{since}")).seasons

    async def season_book(self, season: str, at: float | None = None, limit: int = 5) -> SeasonBook:
        """A season's book as of ``at`` (epoch seconds; ``None``: all of it), its top ``limit``."""
        when = "" if at is None else f"&at={at!r}"
        path = f"/v1/seasons/{_part(season)}?limit={limit}{when}"
        return await self._ask(SeasonBook, "GET", path)

    async def delete_season(self, season: str) -> None:
        """Delete a season and its book; for whoever made it."""
        await self._send("DELETE", f"/v1/seasons/{_part(season)}")

    async def tell_record(self, season: str, body: TellRecord) -> RecordView:
        """Enter into a season's book what is told of elsewhere; for whoever made the season."""
        return await self._ask(RecordView, "POST", f"/v1/seasons/{_part(season)}/records", body)

    async def recording(self, room: str) -> RecordingView:
        """What there is of a room's recording: how loud, who spoke, what was said when."""
        return await self._ask(RecordingView, "GET", f"/v1/rooms/{_part(room)}/recording")

    async def recording_ogg(self, room: str) -> bytes:
        """The recording's sound, Ogg Opus; all there is by now, while it is being written."""
        return (await self._send("GET", f"/v1/rooms/{_part(room)}/recording.ogg")).content

    async def edit_recording(self, room: str, start: float) -> None:
        """Leave so many seconds of the true beginning out."""
        path = f"/v1/rooms/{_part(room)}/recording"
        await self._send("PATCH", path, {"start": start})

    async def delete_recording(self, room: str) -> None:
        """Delete the recording, with all its clips."""
        await self._send("DELETE", f"/v1/rooms/{_part(room)}/recording")

    async def play_recording(self, room: str) -> None:
        """Be counted among those who played it."""
        await self._send("POST", f"/v1/rooms/{_part(room)}/recording/plays")

    async def create_clip(
        self, room: str, start: float, seconds: float, title: str = ""
    ) -> ClipView:
        """Make a clip of a recording."""
        body = {"start": start, "seconds": seconds, "title": title}
        return await self._ask(ClipView, "POST", f"/v1/rooms/{_part(room)}/clips", body)

    async def clips(self, room: str) -> list[ClipView]:
        """The clips of a recording, in its order."""
        return (await self._ask(ClipList, "GET", f"/v1/rooms/{_part(room)}/clips")).clips

    async def clip(self, clip: str) -> ClipView:
        """One clip."""
        return await self._ask(ClipView, "GET", f"/v1/clips/{_part(clip)}")

    async def clip_ogg(self, clip: str) -> bytes:
        """A clip's sound, Ogg Opus."""
        return (await self._send("GET", f"/v1/clips/{_part(clip)}.ogg")).content

    async def delete_clip(self, clip: str) -> None:
        """Delete a clip."""
        await self._send("DELETE", f"/v1/clips/{_part(clip)}")

    async def _ask(
        self,
        model: type[M],
        method: str,
        path: str,
        body: BaseModel | Mapping[str, object] | None = None,
    ) -> M:
        answer = await self._send(method, path, body)
        try:
            return model.model_validate_json(answer.content, extra="ignore")
        except ValidationError as error:
            message = f"{method} {path} was answered with something else than {model.__name__}."
            raise ApiError("not_understood", message, 0) from error

    async def _send(
        self, method: str, path: str, body: BaseModel | Mapping[str, object] | None = None
    ) -> httpx.Response:
        content = body.model_dump(mode="json") if isinstance(body, BaseModel) else body
        try:
            answer = await knock(self._http, self._doors, method, path, content)
        except httpx.HTTPError as error:
            message = f"{self.base_url} does not answer: {error or type(error).__name__}"
            raise ApiError("unreachable", message, 0) from error
        if answer.is_error:
            raise _refusal(answer)
        return answer


def _part(name: str) -> str:
    return quote(name, safe="")


def _refusal(answer: httpx.Response) -> ApiError:
    """The error that problem details (RFC 9457) tell of, or as much as the status says."""
    try:
        body = answer.json()
        return ApiError(str(body["code"]), str(body["detail"]), answer.status_code)
    except (ValueError, KeyError, TypeError):
        return ApiError(
            "not_understood", f"HTTP {answer.status_code} without a reason", answer.status_code
        )
