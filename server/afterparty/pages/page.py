"""A page that stands alone: a template of the caller's, in the look that all reports share."""

from collections.abc import Callable
from dataclasses import dataclass

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

WIDE, NARROW = 920, 360
"""Widths that a picture is drawn in: for a desk and for a phone."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, drawn for a desk and for a phone."""

    wide: str
    narrow: str


def both(draw: Callable[[int], str]) -> Picture:
    """The picture that ``draw`` draws, in both widths."""
    return Picture(draw(WIDE), draw(NARROW))


def template(package: str, name: str) -> Template:
    """The template ``name`` of ``package``; it may include ``page.css``.

    Everything is escaped, and a name that is not given is an error.
    """
    return Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("afterparty.pages")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(name)
