"""Where in a form something stands: from where Pydantic found a fault to the place in the text.

Pydantic names the form that it chose among several (``beats, 3, say, text``); the text has no such
step, and may have a key of that very name.
"""

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

Spot = tuple[str | int, ...]


def place(root: type[BaseModel], found: Spot) -> tuple[Spot, type[BaseModel] | None]:
    """The path in the text, and the form that the last of its keys is, or would be, a key of."""
    path: Spot = ()
    here: Any = root
    holder: type[BaseModel] | None = root
    for step in found:
        choice = _chosen(here, step)
        if choice is not None:
            here = holder = choice
            continue
        path = (*path, step)
        if isinstance(step, str):
            holder = _form(here)
        here = _below(here, step)
    return path, holder


def keys_of(form: type[BaseModel]) -> dict[str, str]:
    """The keys of a form as they are written, each with what it means."""
    return {
        field.alias or name: field.description or "" for name, field in form.model_fields.items()
    }


def form_of(form: type[BaseModel], key: str | int) -> type[BaseModel] | None:
    """The form of what stands behind a key, if it is one."""
    return _form(_below(form, key))


def _bare(kind: Any) -> Any:
    """A type without what is said about it, and without its ``None``."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        left = [one for one in get_args(kind) if one is not type(None)]
        return _bare(left[0]) if len(left) == 1 else kind
    return kind


def _form(kind: Any) -> type[BaseModel] | None:
    bare = _bare(kind)
    return bare if isinstance(bare, type) and issubclass(bare, BaseModel) else None


def _chosen(kind: Any, tag: str | int) -> type[BaseModel] | None:
    """Of several forms told apart by a word, the one of that word."""
    bare = _bare(kind)
    if get_origin(bare) not in (Union, types.UnionType):
        return None
    for one in map(_form, get_args(bare)):
        for field in one.model_fields.values() if one else ():
            if get_origin(field.annotation) is Literal and tag in get_args(field.annotation):
                return one
    return None


def _below(kind: Any, step: str | int) -> Any:
    if isinstance(step, int):
        inner = get_args(_bare(kind))
        return inner[0] if inner else None
    form = _form(kind)
    fields = form.model_fields if form else {}
    return next((f.annotation for name, f in fields.items() if step in (name, f.alias)), None)
