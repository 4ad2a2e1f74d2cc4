"""What belongs to the bearer's account, under ``/v1/me``. The token's ceiling does not matter, but
that only a token for a host acts in rooms.

A token that is good for one show only reaches what is of that show: the reminders of its rooms, and
following its series. The rest is the whole account's.
"""

from typing import Annotated

from fastapi import APIRouter, Query

from afterparty.core.model import Role
from afterparty.node.access.tokens import Bearer
from afterparty.node.doors.routes.asking import NodeOf, Who
from afterparty.node.foyer.notices import NOTICES_KEPT
from afterparty.node.ground.refused import Refused
from afterparty.wire.accounts import MeView, NoticeList
from afterparty.wire.views import Id

After = Annotated[str, Query(pattern=r"^([A-Za-z0-9_.-]{1,64}:[a-z]{1,20})?$")]

router = APIRouter(prefix="/me")


def _account(who: Bearer) -> str:
    """The bearer's account. Raises ``Refused`` (``anonymous_listens``) if there is none."""
    if who.person.anonymous:
        raise Refused("anonymous_listens", "Somebody anonymous has no account.")
    return who.person.member


def _whole(who: Bearer) -> str:
    """The bearer's account, if the token is good for all of it. Raises ``Refused``."""
    member = _account(who)
    who.within("")  # no show has that name: only a token for all of them is good for it
    return member


@router.get("")
async def me(node: NodeOf, who: Who) -> MeView:
    """Whom the account follows and blocks, and what it is to hear of."""
    return await node.accounts.me(_whole(who))


@router.put("/follows/{member}", status_code=204)
async def follow(member: Id, node: NodeOf, who: Who) -> None:
    """Follow a member."""
    await node.accounts.follow(_whole(who), member)


@router.delete("/follows/{member}", status_code=204)
async def unfollow(member: Id, node: NodeOf, who: Who) -> None:
    """Follow a member no more."""
    await node.accounts.unfollow(_whole(who), member)


@router.put("/blocks/{member}", status_code=204)
async def block(member: Id, node: NodeOf, who: Who) -> None:
    """Let a member into no room that the account hosts."""
    _whole(who)
    await node.accounts.block(who.person, member, in_rooms=who.reaches(Role.HOST))


@router.delete("/blocks/{member}", status_code=204)
async def unblock(member: Id, node: NodeOf, who: Who) -> None:
    """Let a member in again."""
    _whole(who)
    await node.accounts.unblock(who.person, member, in_rooms=who.reaches(Role.HOST))


@router.put("/reminders/{room}", status_code=204)
async def remind(room: Id, node: NodeOf, who: Who) -> None:
    """Have the account told when a scheduled room begins."""
    member, found = _account(who), node.rooms.room(room)
    who.within(found.show, room)
    await node.accounts.remind(member, found)


@router.delete("/reminders/{room}", status_code=204)
async def forget(room: Id, node: NodeOf, who: Who) -> None:
    """Have it told of that room no more."""
    member, found = _account(who), node.rooms.room(room)
    who.within(found.show, room)
    await node.accounts.forget(member, found)


@router.put("/series/{series}", status_code=204)
async def follow_series(series: Id, node: NodeOf, who: Who) -> None:
    """Follow a series: hear of each of its episodes."""
    member, found = _account(who), await node.series.find(series)
    who.within(found.show or "")
    await node.accounts.follow_series(member, series)


@router.delete("/series/{series}", status_code=204)
async def unfollow_series(series: Id, node: NodeOf, who: Who) -> None:
    """Follow a series no more."""
    member, found = _account(who), await node.series.find(series)
    who.within(found.show or "")
    await node.accounts.unfollow_series(member, series)


@router.get("/notices")
async def notices(
    node: NodeOf,
    who: Who,
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=NOTICES_KEPT)] = NOTICES_KEPT,
) -> NoticeList:
    """What the account was told after a notice, in the order in which it was told."""
    found = await node.notices.read(_whole(who), after, limit)
    return NoticeList(notices=found)
