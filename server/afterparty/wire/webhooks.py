"""Webhooks as they are asked for, kept and told; and the signature of what is told.

Headers and signature are those of Standard Webhooks (standardwebhooks.com), so any of its libraries
checks them.
"""

import base64
import binascii
import hmac
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from afterparty.wire.events import EVENT_TYPES
from afterparty.wire.views import Id, View

URL_LIMIT = 500
"""Characters of a webhook's address."""

_PREFIX = "whsec_"


def _known(name: str) -> str:
    if name not in EVENT_TYPES:
        raise ValueError("that is no type of event")
    return name


EventType = Annotated[
    str, AfterValidator(_known), Field(json_schema_extra={"enum": list(EVENT_TYPES)})
]


class CreateWebhook(View):
    """Ask that events are told to an address."""

    url: Annotated[str, StringConstraints(max_length=URL_LIMIT)]
    show: Id | None = None
    """Of this show only."""
    events: list[EventType] = Field(default=[], max_length=len(EVENT_TYPES))
    """Of these types only; empty: of all."""


class Webhook(View):
    """A webhook as the store keeps it."""

    webhook: str
    url: str = Field(repr=False)
    """Not for logs: whoever made it may have put a secret there."""
    show: str | None
    events: list[str]
    secret: str = Field(repr=False)
    made_at: float
    by: str


class WebhookView(View):
    """A webhook as admins see it. Times are seconds since the Unix epoch."""

    webhook: str
    url: str
    show: str | None
    events: list[str]
    made_at: float
    by: str
    delivered: int
    """Events that were told and acknowledged."""
    failures: int
    """Attempts in vain since the last that was not."""
    failing_since: float | None
    next_try: float | None
    disabled: str | None
    """``gone`` (the receiver said so), ``failing`` (for too long), or null."""


class WebhookMade(WebhookView):
    """A webhook just made, and the secret that is told this once."""

    secret: str


class WebhookList(View):
    """All webhooks, the oldest first."""

    webhooks: list[WebhookView]


class Delivery(View):
    """What is told: one event of one room."""

    id: str
    """``room:number``; the same however often it is told."""
    sequence: int
    """Counts up by one with every event that this webhook is told."""
    type: str
    at: float
    show: str
    room: str
    simulated: bool
    """Whether the show is a simulation."""
    number: int
    event: dict[str, Any]


def secret_of(key: bytes) -> str:
    """A key as its owner is told it."""
    return _PREFIX + base64.b64encode(key).decode()


def signature(secret: str, ident: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature``: version 1, HMAC with SHA-256.

    Raises:
        ValueError: that is no secret of a webhook.
    """
    if not secret.startswith(_PREFIX):
        raise ValueError("no secret of a webhook")
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("no secret of a webhook") from error
    signed = b".".join((ident.encode(), str(timestamp).encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
