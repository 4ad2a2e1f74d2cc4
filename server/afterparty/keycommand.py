"""``afterparty keys``: replace the keys in a data folder while nodes run. Stands beside ``cli``."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from afterparty.node.access import keyring
from afterparty.node.ground.settings import SettingsError, from_environment

T = TypeVar("T")

keys = typer.Typer(
    help="Replace the keys that access tokens are signed with, while the server runs.",
    no_args_is_help=True,
)
Folder = Annotated[Path | None, typer.Option("--data", help="The server's data folder.")]


def _done(data: Path | None, work: Callable[[Path], T]) -> T:
    try:
        settings = from_environment()
        if settings.secret is not None:
            raise SettingsError("the keys are in AFTERPARTY_SECRET, and are changed there")
        return work(data or settings.data)
    except (SettingsError, OSError) as error:
        typer.echo(f"afterparty: {error}", err=True)
        raise typer.Exit(2) from None


@keys.command("list")
def list_(data: Folder = None) -> None:
    """Say what the keys are called, the newest first; never what they are."""
    held = _done(data, keyring.keys_in)
    for place, text in enumerate(held):
        typer.echo(f"{keyring.key_of(text).kid}  {'checks' if place else 'signs and checks'}")


@keys.command()
def rotate(data: Folder = None) -> None:
    """Make a new key, which signs from now on; tokens of the older ones stay good."""
    made = _done(data, keyring.rotate)
    typer.echo(f"{made.kid} signs. Retire the older ones when their tokens have expired.")


@keys.command()
def retire(
    kid: Annotated[str, typer.Argument(help="What `afterparty keys list` calls it.")],
    data: Folder = None,
) -> None:
    """Throw an older key away: tokens that were signed with it are good no more."""
    _done(data, lambda folder: keyring.retire(folder, kid))
    typer.echo(f"{kid} is gone.")
