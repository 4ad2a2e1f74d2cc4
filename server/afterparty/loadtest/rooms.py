"""What a swarm is aimed at: an Afterparty room with somebody speaking in it, or any WHEP endpoint.

Prepares an Afterparty server through its public API, and leaves it as it was but for an ended room.
"""

import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from afterparty.client.api import Api
from afterparty.client.errors import ApiError, ClientError
from afterparty.loadtest.course import Late
from afterparty.loadtest.plan import LoadPlan
from afterparty.loadtest.speaker import Speaker, speaking
from afterparty.wire.bodies import CreateRecord, CreateRoom, CreateShow

_LATENESS = ("ticks_late", "ticks_skipped", "departures_late", "departures_skipped")
"""Metrics of a server, as `Late` has them."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Where listeners go, and how they can be counted there."""

    target: str
    """WHEP endpoint; by WebSocket the server's base URL."""
    token: str | None = field(repr=False)
    room: str | None = None
    show: str | None = None
    api: Api | None = None
    """``None``: no Afterparty server, nothing can be asked."""
    tones: tuple[float, ...] = ()
    """Hz that are to be heard; empty: nobody knows what is spoken there."""
    strangers: int = 0
    """Listeners who were there before."""
    server: str = ""
    speaker: str = "Whoever speaks there"
    voice: Speaker | None = None
    """The speaker, if they are ours."""

    async def count(self) -> int:
        """The room's listeners by the server's count, less those who were there before.

        Raises:
            ClientError: it could not be asked.
        """
        if self.api is None or self.show is None or self.room is None:
            raise ClientError("over", "There is nothing to be counted.")
        counts = await self.api.counts(self.show)
        found = counts.rooms.get(self.room)
        return (found.listeners if found else 0) - self.strangers

    async def late(self) -> Late | None:
        """How often the server has been behind so far; ``None``: it does not say."""
        if self.api is None:
            return None
        try:
            told = await self.api.metrics()
            return Late(*(int(told[f"afterparty_media_{name}_total"]) for name in _LATENESS))
        except (ClientError, KeyError):
            return None


@asynccontextmanager
async def aimed(plan: LoadPlan, base_url: str) -> AsyncIterator[Aim]:
    """A room that is ready for the plan's listeners; made and spoken in unless it is there already.

    Raises:
        ClientError: the server refused, or could not be asked.
        SpeakerError: nobody could be made to speak.
    """
    if plan.whep:
        yield Aim(base_url, plan.token)
        return
    async with Api(base_url) as nobody:
        server = await nobody.server()
        token = plan.token or await _token(nobody)
    told = f"Afterparty {server.version}"
    async with Api(base_url, token) as api:
        if plan.room is not None:
            found = await api.room(plan.room)
            yield Aim(
                _target(plan, base_url, plan.room), token, plan.room, found.room.show, api,
                strangers=found.counts.listeners, server=told,
            )  # fmt: skip
            return
        name = f"loadtest-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"
        await _make(api, name)
        try:
            async with speaking(base_url, token, name, plan.tones) as voice:
                tones = ", ".join(f"{hertz:g}" for hertz in plan.tones)
                yield Aim(
                    _target(plan, base_url, name), token, name, name, api, plan.tones,
                    server=told, speaker=f"One speaker, a chord of {tones} Hz without a pause",
                    voice=voice,
                )  # fmt: skip
        finally:
            with contextlib.suppress(ClientError):
                await api.command(name, "end")


def _target(plan: LoadPlan, base_url: str, room: str) -> str:
    return base_url if plan.via == "ws" else f"{base_url.rstrip('/')}/v1/rooms/{room}/whep"


async def _token(api: Api) -> str:
    try:
        return (await api.token("load-test", "Load test", grants=("host", "simulate"))).token
    except ApiError as error:
        if error.code != "not_found":
            raise
        message = "This server hands out no tokens; make one with `afterparty token load-test"
        raise ClientError(
            "no_token", f"{message} --grant host --grant simulate` there, and give it as --token."
        ) from None


async def _make(api: Api, name: str) -> None:
    await api.create_show(
        CreateShow(
            show=name,
            title="A load test, with simulated listeners",
            simulated=True,
            date=time.strftime("%Y-%m-%d", time.gmtime()),
            source="afterparty loadtest",
        )
    )
    room = {"room": name, "kind": "space", "title": "A load test (simulated listeners)"}
    await api.create_room(name, CreateRoom.model_validate(room))


async def enter_record(aim: Aim, listeners: int, machine: str) -> str:
    """Enter a result in the server's record book; what came of it, a sentence."""
    if aim.api is None:
        return "There is no record book to be entered in."
    body = CreateRecord(
        kind="loadtest",
        entry=f"loadtest-{secrets.token_hex(8)}",
        title="A load test",
        show=aim.show,
        room=aim.room,
        listeners=listeners,
        machine=machine[:200],
    )
    try:
        await aim.api.create_record(body)
    except ClientError as error:
        return f"Not entered in the record book: {error.message}"
    return "Entered in the server's record book, as a simulation."
