"""REST bodies about who is in a room."""

from afterparty.core.model import Role
from afterparty.wire.views import View


class GuestView(View):
    """Somebody with an account who is in the room."""

    member: str
    handle: str
    name: str
    role: Role
    hand: bool
    """Whether their hand is raised."""


class GuestList(View):
    """Who is in a room: the stage first. Of whoever has no account, only how many."""

    room: str
    at: float
    listed: int
    """Members in the room who have an account."""
    anonymous: int
    """Members in the room who have none; they are never named."""
    simulated: int
    """Members in the room who are simulated; nor are they."""
    more: int
    """How many more there are of those asked for than ``guests`` has."""
    guests: list[GuestView]
