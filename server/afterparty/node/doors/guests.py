"""Members who come by WHIP (RFC 9725) or WHEP (draft-ietf-wish-whep): sound without a socket.

A guest is a member like any other: admitted by the same rules, counted once, moved with the
audience, gone when the room is over. Knows no HTTP; that is ``webrtc_http``.
"""

import hmac
import re

from afterparty.core import commands as c
from afterparty.core.model import Role, RoomState
from afterparty.node.access.tokens import Bearer, simulated_person
from afterparty.node.ground.refused import Refused
from afterparty.node.live.connection import Connection, Via
from afterparty.node.node import Node

LATER = 5
"""Seconds after which to look again whether a room is live."""

_STREAM = re.compile(r"^a=msid:([!-~]+)", re.MULTILINE)


async def begin(
    node: Node, via: Via, room: str, bearer: Bearer, host: str, sdp: str
) -> tuple[Connection, str]:
    """Let a guest in from the address ``host``; the connection, and the SDP answer.

    Whatever can be refused is refused before anybody is counted.

    Raises:
        Refused: what ``Members.admit`` and ``Sound.answer`` say; ``room_not_live``,
            ``not_permitted``, ``forbidden``, ``sdp_many_tracks``, ``rate_limited``.
        StoreError: the store is away.
    """
    if node.stopping:
        raise Refused("shutting_down", "This server is going down.", LATER)
    simulates = "simulate" in bearer.grants
    owner = bearer.person.member
    if not simulates:
        node.limits.join(host, owner)
    await node.news.find(room=room)
    await node.blocklists.ready(room)
    if via is Via.WHIP:
        _may_speak(node, room, bearer, sdp)
    else:
        found = node.rooms.room(room)
        if found.state is RoomState.SCHEDULED:
            raise Refused("room_not_live", "This room is not live yet.", LATER)
        if simulates:
            if not node.rooms.show(found.show).simulated:
                message = "Simulated listeners come only into a show that is marked as simulated."
                raise Refused("forbidden", message)
            bearer = Bearer(simulated_person(), Role.LISTENER, show=bearer.show, room=bearer.room)
    known = await node.members.known(bearer, room)
    connection = node.members.admit(bearer, room, via, owner, known=known)
    try:
        answer = node.sound.answer(connection, sdp)
    except BaseException:
        node.members.turn_away(connection)
        raise
    await node.members.enter(connection)
    if via is Via.WHIP:
        await _open_microphone(node, connection)
    return connection, answer


def _may_speak(node: Node, room: str, bearer: Bearer, sdp: str) -> None:
    """Raise ``Refused`` unless the bearer has a seat, and offers one stream (RFC 9725, 4.5)."""
    if node.rooms.room(room).role_of(bearer.person.member) is Role.LISTENER:
        raise Refused("not_permitted", "Only whoever has a seat in the room may publish to it.")
    if len(set(_STREAM.findall(sdp)) - {"-"}) > 1:
        raise Refused("sdp_many_tracks", "The offer has more than one stream.")


async def _open_microphone(node: Node, connection: Connection) -> None:
    # An encoder has nobody to press a button. Whoever mutes it later has the last word.
    try:
        await node.rooms.execute(connection.room, c.Unmute(connection.person))
    except BaseException:
        node.tasks.spawn("leave without sound", node.members.depart(connection))
        raise


def find(node: Node, via: Via, session: str, bearer: Bearer) -> Connection:
    """The guest of that session, who came with a token of the same member.

    Raises:
        Refused: ``no_such_session``, ``forbidden``.
    """
    connection = node.hub.get(session)
    if connection is None or connection.via is not via or connection.session is None:
        raise Refused("no_such_session", "There is no such session, or none any more.")
    if not hmac.compare_digest(connection.owner.encode(), bearer.person.member.encode()):
        raise Refused("forbidden", "This session was made by another member.")
    connection.allow(bearer)
    return connection


def entity_tag(connection: Connection) -> str:
    """The strong entity tag (RFC 9110 section 8.8.3) of the guest's ICE session."""
    return f'"{connection.sessions_made}"'


def fragment(node: Node, connection: Connection, text: str) -> str | None:
    """Take a fragment of the guest's description; our own fragment, if ICE was restarted.

    Raises:
        Refused: ``bad_fragment``, ``no_such_session``.
    """
    answer = node.sound.fragment(connection.connection, text)
    if answer is not None:
        connection.sessions_made += 1
    return answer
