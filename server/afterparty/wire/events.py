"""Events as JSON: the form in which they lie in the room log and travel to clients.

``{"type": "seat_taken", "at": …, …}``: the type is the event's name in snake case, the other keys
are its fields. Decoding is strict: a log that this version does not understand is an error, never
a guess.
"""

import json
import math
import re
from dataclasses import fields
from typing import Any, get_args

from pydantic import TypeAdapter

from afterparty.core import events


class EventError(ValueError):
    """Bytes that are not an event this version knows."""


def _name(event: type) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", event.__name__).lower()


_ADAPTERS: dict[str, TypeAdapter[events.Event]] = {
    _name(event): TypeAdapter(event) for event in get_args(events.Event)
}

EVENT_TYPES: tuple[str, ...] = tuple(_ADAPTERS)
"""Every event type that travels."""


def event_body(event: events.Event) -> dict[str, Any]:
    """The event as a JSON object."""
    name = _name(type(event))
    return {"type": name, **_ADAPTERS[name].dump_python(event, mode="json")}


def encode_event(event: events.Event) -> bytes:
    """The event as UTF-8 JSON, without spaces."""
    body = event_body(event)
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def numbered_event(number: int, event: events.Event) -> str:
    """The event as JSON with its number, as logs are read by REST."""
    return json.dumps({"number": number, **event_body(event)}, ensure_ascii=False, allow_nan=False)


def decode_event(data: bytes | str) -> events.Event:
    """The event that ``encode_event`` wrote.

    Raises:
        EventError: not JSON, an unknown type, or fields that do not fit.
    """
    try:
        body = json.loads(data)
        adapter = _ADAPTERS[body.pop("type")]
        # Strictness that knows enums and tuples exists for JSON only, hence the way back.
        event = adapter.validate_json(json.dumps(body), strict=True, extra="forbid")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EventError(f"not an event of a room log: {error!r}") from error
    for field in fields(event):
        value = getattr(event, field.name)
        if isinstance(value, float) and not math.isfinite(value):
            raise EventError(f"not an event of a room log: {field.name} is {value}")
    return event
