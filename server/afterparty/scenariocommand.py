"""``afterparty scenario``: what an author of evenings needs beside an editor. Beside ``cli``."""

import asyncio
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from afterparty.replay.author.watching import Watched

scenario = typer.Typer(
    help="Write evenings: check a file, begin a new one, record one from a live room.",
    no_args_is_help=True,
)

FAULTS_TOLD = 200
"""Faults of one file that are told."""

LOOKS_TOLD = 60
"""Looks at a room that is recorded, about one a second, from one line about it to the next."""


@scenario.command()
def check(
    files: Annotated[list[str], typer.Argument(help="YAML files, season.yaml too, or names.")],
) -> None:
    """Say what is wrong in a file, with line, field and what to do; or what evening it is."""
    right = [_checked(name) for name in files]
    raise typer.Exit(0 if all(right) else 1)


def _checked(name: str) -> bool:
    from afterparty.replay.author.synopsis import synopsis, synopsis_of_season
    from afterparty.replay.words import seasonload
    from afterparty.replay.words.finding import find
    from afterparty.replay.words.loading import ScenarioError, load

    try:
        path = Path(name) if name.endswith((".yaml", ".yml")) else find(name)
        if path.name == seasonload.FILE:
            told = synopsis_of_season(seasonload.load(path.parent))
        else:
            told = synopsis(load(path))
    except ScenarioError as error:
        typer.echo(error.told(FAULTS_TOLD))
        return False
    except FileNotFoundError as error:
        typer.echo(f"{name}: {error}")
        return False
    typer.echo(f"{path}: right")
    _tell(told)
    return True


def _tell(lines: list[tuple[str, str]]) -> None:
    for word, line in lines:
        typer.echo(f"  {word:<9} {line}")


@scenario.command()
def new(
    name: Annotated[str, typer.Argument(help="What the evening is called, as small-evening.")],
    out: Annotated[
        Path | None, typer.Option(help="The file; without: scenarios/NAME.yaml or NAME.yaml.")
    ] = None,
) -> None:
    """Write a commented file to begin from: a whole small evening. Nothing is written over."""
    from afterparty.replay.author.skeleton import skeleton

    shelf = Path("scenarios")
    path = out or (shelf if shelf.is_dir() else Path()) / f"{name}.yaml"
    try:
        _write_new(path, skeleton(name, datetime.now(UTC).date()))
    except ValueError as error:
        raise _fail(str(error)) from None
    typer.echo(f"Written to {path}. Next: afterparty scenario check {path}")


@scenario.command()
def record(
    room: Annotated[
        str, typer.Argument(help="A room that is live, or over; its show is recorded.")
    ],
    out: Annotated[Path, typer.Option(help="The file; it must not be there yet.")],
    url: Annotated[str, typer.Option(help="Where the server is.")] = "http://localhost:8080",
    token: Annotated[
        str | None, typer.Option(envvar="AFTERPARTY_TOKEN", help="Access token, if one is needed.")
    ] = None,
) -> None:
    """Follow a room's show until it is over, or Ctrl-C, and write it down as an evening."""
    from afterparty.client.errors import ClientError
    from afterparty.replay.author.recording import RecordingError, name_of, recording
    from afterparty.replay.author.synopsis import synopsis
    from afterparty.replay.words.loading import parse

    if os.path.lexists(out):
        raise _fail(f"{out} is there already, and is not written over")
    if not os.access(out.parent, os.W_OK | os.X_OK):  # or it would be known after the evening
        raise _fail(f"{out}: there is no folder {out.parent} that can be written to")
    try:
        seen = asyncio.run(_watch(room, url, token))
        text = recording(seen, name_of(out.stem, seen))
    except ClientError as error:
        raise _fail(f"{error.message} [{error.code}]") from None
    except RecordingError as error:
        raise _fail(str(error)) from None
    _write_new(out, text)
    typer.echo(f"Written to {out}; what is left out is said at its head.")
    _tell(synopsis(parse(text)))


async def _watch(room: str, url: str, token: str | None) -> "Watched":
    """What is seen of the room's show, until it is over or somebody has typed Ctrl-C."""
    from afterparty.client.api import Api
    from afterparty.replay.author.watching import watch

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Api(url, token) as api:
        return await watch(api, room, stop, _Telling())


class _Telling:
    """Says that something is followed, when it begins, and again when a minute has passed."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self, seen: "Watched") -> None:
        if self.looks % LOOKS_TOLD == 0 and not seen.over:
            here = seen.samples[-1].listeners.get(seen.asked, 0)
            told = (
                f"Recording {seen.asked}: {seen.events} events, {here} listeners. Ctrl-C ends it."
            )
            typer.echo(told, err=True)
        self.looks += 1


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise _fail(f"{path} is there already, and is not written over") from None
    except OSError as error:
        raise _fail(f"{path}: {error.strerror or error}") from None


def _fail(message: str) -> typer.Exit:
    typer.echo(f"afterparty: {message}", err=True)
    return typer.Exit(2)
