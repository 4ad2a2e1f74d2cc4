"""What a message of the wire asks of the core: one row a message."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from afterparty.core import commands as c
from afterparty.core.model import Person, Role, RoomState
from afterparty.node.access.tokens import Bearer
from afterparty.node.live.rooms import Rooms
from afterparty.wire import commands as m


def command_for(message: m.RoomCommand, bearer: Bearer, rooms: Rooms, room: str) -> c.Command:
    """The core's command for a message.

    Raises:
        Refused: the other room of a handoff does not exist, the token's ceiling is too low, or it
            is for another room.
    """
    if not isinstance(message, m.Leave):
        bearer.within(rooms.room(room).show, room)
        bearer.may_be(rooms.room(room).role_of(bearer.person.member))
    if isinstance(message, m.TakeOver) and _is_cohost(rooms, room, bearer):
        bearer.may_be(Role.HOST)
    if isinstance(message, m.OfferHandoff):
        other = rooms.room(message.to_room)
        return c.OfferHandoff(
            bearer.person,
            handoff=f"h-{secrets.token_hex(6)}",
            to_room=other.room,
            to_show=other.show,
            to_live=other.state is RoomState.LIVE,
            seconds=message.seconds,
            then_end=message.then_end,
        )
    if isinstance(message, m.Edit) and message.scheduled_for is not None:
        already = rooms.scheduled_by(bearer.person.member, besides=room)
        return replace(_edit(message, bearer.person), scheduled_already=already)
    # Whether somebody anonymous may is the core's to say, not the token's.
    if isinstance(message, m.Request) and not bearer.person.anonymous:
        bearer.may_be(Role.SPEAKER)
    if isinstance(message, m.AcceptInvitation) and not bearer.person.anonymous:
        invitation = rooms.room(room).invitations.get(bearer.person.member)
        bearer.may_be(invitation.role if invitation else Role.SPEAKER)
    return _ROWS[type(message)](message, bearer.person)


def _is_cohost(rooms: Rooms, room: str, bearer: Bearer) -> bool:
    return rooms.room(room).role_of(bearer.person.member) is Role.COHOST


def _plain(command: Callable[[Person], c.Command]) -> Callable[[Any, Person], c.Command]:
    return lambda message, actor: command(actor)


def _aimed(command: Callable[[Person, str], c.Command]) -> Callable[[Any, Person], c.Command]:
    return lambda message, actor: command(actor, message.member)


def _edit(message: m.Edit, actor: Person) -> c.EditRoom:
    return c.EditRoom(
        actor,
        title=message.title,
        description=message.description,
        topics=None if message.topics is None else tuple(message.topics),
        hashtag=message.hashtag,
        language=message.language,
        scheduled_for=message.scheduled_for,
        recording=message.recording,
        waiting=message.waiting,
    )


_ROWS: Mapping[type, Callable[[Any, Person], c.Command]] = MappingProxyType(
    {
        m.Open: _plain(c.OpenRoom),
        m.Cancel: _plain(c.CancelRoom),
        m.End: _plain(c.EndRoom),
        m.Leave: lambda message, actor: c.Leave(actor, message.to),
        m.Request: _plain(c.RequestToSpeak),
        m.Withdraw: _plain(c.WithdrawRequest),
        m.Accept: _aimed(c.AcceptRequest),
        m.Decline: _aimed(c.DeclineRequest),
        m.Invite: lambda message, actor: c.Invite(actor, message.member, message.role),
        m.AcceptInvitation: _plain(c.AcceptInvitation),
        m.DeclineInvitation: _plain(c.DeclineInvitation),
        m.Demote: _aimed(c.Demote),
        m.Mute: lambda message, actor: c.Mute(actor, message.member or actor.member),
        m.MuteAll: _plain(c.MuteAll),
        m.Unmute: _plain(c.Unmute),
        m.Edit: _edit,
        m.WhoMaySpeak: lambda message, actor: c.ChangeSpeak(actor, message.speak),
        m.Lock: lambda message, actor: c.SetLock(actor, message.locked),
        m.Remove: _aimed(c.Remove),
        m.Block: _aimed(c.Block),
        m.Unblock: _aimed(c.Unblock),
        m.TakeOver: _plain(c.TakeOver),
        m.Consent: lambda message, actor: c.ConsentToCaptions(actor, message.captions),
        m.Pin: lambda message, actor: c.PinPost(
            actor, f"p-{secrets.token_hex(6)}", message.text, message.url
        ),
        m.Unpin: lambda message, actor: c.UnpinPost(actor, message.pin),
        m.RaiseHand: _plain(c.RaiseHand),
        m.LowerHand: lambda message, actor: c.LowerHand(actor, message.member or actor.member),
        m.Say: lambda message, actor: c.SayLine(actor, message.text, message.language),
        m.Pick: lambda message, actor: c.PickQuestion(actor, message.question, actor, "", 0),
        m.Answered: lambda message, actor: c.AnswerQuestion(actor, message.question),
        m.CancelHandoff: lambda message, actor: c.CancelHandoff(actor, message.handoff),
    }
)
