"""A new scenario to begin from: a whole small evening, commented, that can be replayed as it is."""

import re
from datetime import date
from importlib import resources

from jinja2 import Environment, StrictUndefined

from afterparty.wire.views import ID_PATTERN

NAME_LIMIT = 64


def skeleton(name: str, today: date) -> str:
    """The file of a new evening of that name.

    Raises:
        ValueError: no scenario may have that name.
    """
    if len(name) > NAME_LIMIT or re.fullmatch(ID_PATTERN, name) is None:
        raise ValueError(
            f"a name is 1 to {NAME_LIMIT} letters, digits, '_', '.' and '-', not {name[:80]!r}"
        )
    source = resources.files("afterparty.replay").joinpath("templates/skeleton.yaml")
    words = re.sub(r"[-_.]+", " ", name).strip() or name
    page = Environment(  # noqa: S701 - it is YAML, and what is put in is an identity or a date
        undefined=StrictUndefined, keep_trailing_newline=True
    ).from_string(source.read_text("utf-8"))
    title = words[:1].upper() + words[1:]
    return page.render(name=name, title=title, date=today.isoformat())
