"""One member's connection to one room, for as long as it lasts: state, commands, sound, and drops.

A session owns what it starts: the task that reads its socket (and opens the next one after a drop)
and the task that keeps its sound up. ``close()`` ends both. Hundreds fit in a process: a session is
one WebSocket, and one UDP socket once it listens.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Literal, Self

from afterparty.client.channel import Channel, Reply
from afterparty.client.doors import ALONE_SECONDS, Doors
from afterparty.client.errors import ClientError, Lost, Refused
from afterparty.client.peer import Peer
from afterparty.client.sound import Sound
from afterparty.client.state import MissedEventError, apply_event
from afterparty.wire.messages import (
    Closing,
    Counts,
    MediaState,
    Moved,
    Nodes,
    Ok,
    Questions,
    RoomEvent,
    Speaking,
    ToClient,
    Welcome,
)
from afterparty.wire.views import CountsView, RoomView

Told = Callable[[ToClient], None]

RECONNECT_SECONDS = 60.0
"""How long a session tries to come back before it gives up."""

PASSING = frozenset(
    {"slow_consumer", "rate_limited", "shutting_down", "store_unavailable", "server_full"}
)
"""Reasons for which the server turns a client away that may well pass."""


class Session:
    """A member in a room. Get one by ``await Session.join(…)``; ``close()`` it in the end.

    ``on_message`` is told every message of the server, after the state here has taken it in; it
    must neither block nor raise.
    """

    def __init__(self, base_url: str, token: str, room: str, on_message: Told | None) -> None:
        self._doors = Doors(base_url)
        self._token = token
        self._target = room
        self._on_message = on_message
        self._channel: Channel | None = None
        self._closing: Closing | None = None
        self._leaving = False
        self._gone = False
        self._seen = 0
        self._welcome: Welcome
        self._room: RoomView
        self._waiters: dict[asyncio.Future[None], Callable[[Session], bool]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._sound = Sound(self._request)
        self.counts: dict[str, CountsView] = {}
        """The latest counts by room, of all rooms of the show that changed."""
        self.speaking: dict[str, int] = {}
        """Who is heard now, and how loud (0 to 127 dB below full scale; 0 is loudest)."""
        self.questions: Questions | None = None
        """What most want answered in this Blueroom; None until that is told, and in a Space."""
        self.moves: deque[Moved] = deque(maxlen=16)
        """The handoffs that moved this connection, oldest first."""
        self.drops = 0
        """How often the socket broke and was opened again."""
        self.ending: ClientError | None = None
        """Why the session is over; ``None`` while it is not."""

    @classmethod
    async def join(
        cls, base_url: str, token: str, room: str, *, on_message: Told | None = None
    ) -> Self:
        """Come into a room.

        Raises:
            Refused: the server does not let the bearer in.
            ClientError: ``unreachable``, ``timeout``, ``connection_lost`` or ``not_understood``.
        """
        session = cls(base_url, token, room, on_message)
        await session._connect(session.url, ALONE_SECONDS, resume=False)
        session._reader = asyncio.create_task(session._run(), name=f"session {session.member}")
        return session

    @property
    def url(self) -> str:
        """The address at which the server is reached; that of another node after one was lost."""
        return self._doors.at

    @property
    def room(self) -> RoomView:
        """The room as it stands; another one after a handoff."""
        return self._room

    @property
    def member(self) -> str:
        """Who this is."""
        return self._welcome.you.member

    @property
    def welcome(self) -> Welcome:
        """The latest snapshot."""
        return self._welcome

    @property
    def role(self) -> str:
        """What this member is in the room now."""
        seats = (seat.role.value for seat in self._room.seats if seat.member == self.member)
        return next(seats, "listener")

    @property
    def peer(self) -> Peer | None:
        """The peer connection, once it listens."""
        return self._sound.peer

    @property
    def peers_made(self) -> int:
        """Peer connections so far: one, as long as nothing breaks, handoffs included."""
        return self._sound.peers_made

    @property
    def state(self) -> Literal["joined", "reconnecting", "over"]:
        """Where the session is in its life."""
        if self.ending is not None:
            return "over"
        return "reconnecting" if self._channel is None else "joined"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def command(self, type_: str, **fields: object) -> int:
        """Send a command and wait for its ``ok``; returns the number of the room's last event.

        Raises:
            Refused: with the server's code and sentence.
            ClientError: ``timeout``, ``connection_lost``, ``too_many_pending`` or ``over``.
        """
        reply = await self._request(type_, fields)
        return reply.number if isinstance(reply, Ok) else 0

    async def follow(self) -> int:
        """Move to the offered room now; also after ``stay``. ``moved`` follows by itself."""
        return await self.command("follow")

    async def stay(self) -> int:
        """Decline the offered handoff."""
        return await self.command("stay")

    async def ask(self, text: str) -> str:
        """Ask the stage of a Blueroom; what the question is called. Raises as ``command`` does."""
        reply = await self._request("ask", {"text": text})
        return (reply.question or "") if isinstance(reply, Ok) else ""

    async def vote(self, question: str, *, given: bool = True) -> None:
        """Want a question answered, or no more. Raises as ``command`` does."""
        await self.command("vote", question=question, vote=given)

    async def leave(self) -> None:
        """Leave the room, and wait until the server has closed the socket."""
        self._leaving = True
        await self.command("leave")
        await self.wait_over()

    async def until(self, true: Callable[["Session"], bool]) -> None:
        """Wait until ``true(session)``, asked after every message of the server.

        Raises `Lost` ``over`` if the session ends first.
        """
        if true(self):
            return
        if self.ending is not None:
            raise Lost("over", self.ending.message)
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = true
        try:
            await waiter
        finally:
            del self._waiters[waiter]

    async def wait_over(self) -> ClientError:
        """Wait until the session is over; returns why (code ``room_over`` as the room ends)."""
        if self._reader is not None:
            await asyncio.wait({self._reader})
        return self.ending or Lost("over", "The session is over.")

    async def listen(self, make_peer: Callable[[], Peer] = Peer) -> Peer:
        """Bring up this connection's sound, and keep it up over drops.

        ``make_peer`` is asked for a new peer whenever sound has to be offered anew.

        Raises:
            Refused: ``media_exists``, or what the server has against the offer.
            PeerError: the peer could not be connected.
            ClientError: as for ``command``.
        """
        return await self._sound.begin(make_peer)

    async def hush(self) -> None:
        """Close the sound and stay in the room."""
        await self._sound.end()
        await self._request("media_close", {})

    async def close(self) -> None:
        """Go away, without waiting for any answer longer than a moment. May be called again."""
        self._leaving = True
        try:
            await self._sound.end()
            if self._channel is not None:
                await self._channel.close()
        finally:
            if self._reader is not None:
                self._reader.cancel()
                await asyncio.gather(self._reader, return_exceptions=True)

    def drop(self) -> None:
        """Break the socket as a failing network would. The session comes back by itself."""
        if self._channel is not None:
            self._channel.drop()

    async def _request(self, type_: str, fields: Mapping[str, object]) -> Reply:
        if self.ending is not None:
            raise Lost("over", self.ending.message)
        if self._channel is None:
            raise Lost("connection_lost", "The connection is being opened again.")
        return await self._channel.request(type_, fields)

    async def _connect(self, url: str, seconds: float, *, resume: bool) -> None:
        channel = await Channel.open(url, seconds)
        hello: dict[str, object] = {"token": self._token, "room": self._target}
        if resume:
            hello |= {"resume": self._seen, "connection": self._welcome.connection}
        try:
            welcome = await channel.hello(hello, seconds)
        except BaseException:
            await channel.close()
            raise
        self._channel, self._closing, self._doors.at = channel, None, url
        self._enter(welcome)

    def _enter(self, welcome: Welcome) -> None:
        self._welcome = welcome
        self._doors.learn(welcome.nodes)
        self._room, self._target = welcome.room, welcome.room.room
        self.counts[welcome.room.room] = welcome.counts
        self.speaking, self.questions = {}, None
        if not welcome.resumed:
            self._seen = welcome.room.number
        if self.peer is not None and not welcome.sound:
            self._sound.lost()
        self._tell(welcome)

    async def _run(self) -> None:
        try:
            while self.ending is None:
                self.ending = await self._read() or await self._come_back()
        except ClientError as error:
            self.ending = error
        finally:
            self.ending = self.ending or Lost("over", "The session was closed.")
            self._channel = None
            self._stir()

    async def _read(self) -> ClientError | None:
        """Read the socket to its end; the error that ends the session, or None to come back."""
        channel = self._channel
        if channel is None:
            return None
        with contextlib.suppress(MissedEventError):
            async with contextlib.aclosing(channel.messages()) as messages:
                async for message in messages:
                    self._take(message)
        if channel.close_code is None:
            channel.drop()
        self._channel = None
        going_down = self._closing is not None and self._closing.code == "shutting_down"
        self._gone = going_down or channel.fell_silent
        if self._closing is not None and self._closing.code not in PASSING:
            return Refused(self._closing.code, self._closing.message)
        if self._leaving or channel.close_code in (1000, 1001):
            return Lost("left", "The connection was closed.")
        return None

    async def _come_back(self) -> ClientError | None:
        """Open the socket again, at one address or another of the server's.

        None once that worked, or the error that ends the session.
        """
        self.drops += 1
        self._stir()
        clock = asyncio.get_running_loop().time
        give_up = clock() + RECONNECT_SECONDS
        async with contextlib.aclosing(self._doors.tries(gone=self._gone)) as tries:
            async for address, seconds in tries:
                if self._leaving:
                    break
                try:
                    await self._connect(address, seconds, resume=True)
                except Refused as refused:
                    if refused.code not in PASSING:
                        return refused
                    error: ClientError = refused
                except ClientError as failed:
                    error = failed
                else:
                    return None
                if clock() > give_up:
                    return error
        return Lost("left", "The connection was closed.")

    def _take(self, message: ToClient) -> None:
        match message:
            case RoomEvent():
                if message.room != self._room.room or message.number <= self._seen:
                    return
                if message.number != self._seen + 1:
                    raise MissedEventError(f"event {self._seen + 1} is missing")
                self._room = apply_event(self._room, message.number, message.event)
                self._seen = message.number
            case Moved():
                self._room, self._target = message.room, message.room.room
                self._seen = message.room.number
                self.counts[message.room.room] = message.counts
                self.speaking, self.questions = {}, None
                self.moves.append(message)
            case Counts():
                self.counts.update(message.rooms)
            case Speaking() if message.room == self._room.room:
                self.speaking = message.levels
            case Questions() if message.room == self._room.room:
                self.questions = message
            case MediaState(state="gone"):
                self._sound.lost()
            case Nodes():
                self._doors.learn(message.nodes)
            case Closing():
                self._closing = message
                if message.nodes:
                    self._doors.learn(message.nodes)
        self._tell(message)

    def _tell(self, message: ToClient) -> None:
        if self._on_message is not None:
            self._on_message(message)
        self._stir()

    def _stir(self) -> None:
        """Ask those who wait for something whether it is so now."""
        for waiter, true in self._waiters.items():
            if waiter.done():
                continue
            try:
                if true(self):
                    waiter.set_result(None)
                elif self.ending is not None:
                    waiter.set_exception(Lost("over", self.ending.message))
            except Exception as error:
                waiter.set_exception(error)
