"""Webhooks: who is told what happens. For admins alone."""

from fastapi import APIRouter

from afterparty.node.access.tokens import Bearer
from afterparty.node.doors.routes.asking import Ident, NodeOf, Who
from afterparty.node.ground.refused import Refused
from afterparty.wire.webhooks import CreateWebhook, WebhookList, WebhookMade, WebhookView

router = APIRouter()


def _may(who: Bearer, show: str | None) -> None:
    """Raise ``Refused`` unless the bearer may have to do with webhooks of that show, or of all."""
    who.need("admin")
    if who.person.anonymous:
        raise Refused("anonymous_listens", "Somebody anonymous may only listen.")
    who.within(show or "")


@router.post("/webhooks", status_code=201)
async def create_webhook(body: CreateWebhook, node: NodeOf, who: Who) -> WebhookMade:
    """Have events told to an address. The secret is in this answer and in no other."""
    _may(who, body.show)
    if body.show is not None:
        node.rooms.show(body.show)
    return await node.webhooks.add(body, who.person)


@router.get("/webhooks")
async def webhooks(node: NodeOf, who: Who) -> WebhookList:
    """All webhooks; with a token for one show, those of that show."""
    _may(who, who.show)
    found = await node.webhooks.all()
    return WebhookList(webhooks=[one for one in found if who.show in (None, one.show)])


@router.get("/webhooks/{webhook}")
async def webhook(webhook: Ident, node: NodeOf, who: Who) -> WebhookView:
    """One webhook, and how it stands."""
    who.need("admin")
    found = await node.webhooks.one(webhook)
    _may(who, found.show)
    return found


@router.delete("/webhooks/{webhook}", status_code=204)
async def drop_webhook(webhook: Ident, node: NodeOf, who: Who) -> None:
    """Throw a webhook away."""
    who.need("admin")
    _may(who, (await node.webhooks.one(webhook)).show)
    await node.webhooks.drop(webhook)
