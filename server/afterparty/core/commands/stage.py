"""The stage: who asks for a place, is invited to one, takes it, is silenced, gives it up."""

from dataclasses import dataclass

from afterparty.core.model import Person, Role


@dataclass(frozen=True, slots=True)
class RequestToSpeak:
    """Ask for a place on the stage; who speaks without being let takes one, if any is free."""

    actor: Person
    followed: bool = False
    """Whether the host follows them, as the host's own list says."""


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """Take one's own request back."""

    actor: Person


@dataclass(frozen=True, slots=True)
class AcceptRequest:
    """Let somebody who asked onto the stage, muted."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class DeclineRequest:
    """Turn somebody's request down."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Invite:
    """Offer a listener a place on the stage."""

    actor: Person
    member: str
    role: Role = Role.SPEAKER


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """Take the place one was invited to, muted."""

    actor: Person


@dataclass(frozen=True, slots=True)
class DeclineInvitation:
    """Stay a listener."""

    actor: Person


@dataclass(frozen=True, slots=True)
class ExpireInvitation:
    """An invitation was not taken up in time."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Demote:
    """Make somebody on stage a listener again."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Mute:
    """Silence somebody on stage, or oneself."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Unmute:
    """Open one's own microphone. Nobody opens another's."""

    actor: Person


@dataclass(frozen=True, slots=True)
class MuteAll:
    """Silence everybody on stage whom one may silence, but for oneself."""

    actor: Person
