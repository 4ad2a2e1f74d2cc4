"""``afterparty scenario``: what an author of evenings needs beside an editor. Beside ``cli``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

scenario = typer.Typer(
    help="Write evenings: check a file, begin a new one, record one from a live room.",
    no_args_is_help=True,
)

FAULTS_TOLD = 200
"""Faults of one file that are told."""


@scenario.command()
def check(
    files: Annotated[list[str], typer.Argument(help="YAML files, or names of scenarios.")],
) -> None:
    """Say what is wrong in a file, with line, field and what to do; or what evening it is."""
    right = [_checked(name) for name in files]
    raise typer.Exit(0 if all(right) else 1)


def _checked(name: str) -> bool:
    from afterparty.replay.finding import find
    from afterparty.replay.loading import ScenarioError, load
    from afterparty.replay.synopsis import synopsis

    try:
        path = Path(name) if name.endswith((".yaml", ".yml")) else find(name)
        found = load(path)
    except ScenarioError as error:
        typer.echo(error.told(FAULTS_TOLD))
        return False
    except FileNotFoundError as error:
        typer.echo(f"{name}: {error}")
        return False
    typer.echo(f"{path}: right")
    for word, line in synopsis(found):
        typer.echo(f"  {word:<9} {line}")
    return True


@scenario.command()
def new(
    name: Annotated[str, typer.Argument(help="What the evening is called, as small-evening.")],
    out: Annotated[
        Path | None, typer.Option(help="The file; without: scenarios/NAME.yaml or NAME.yaml.")
    ] = None,
) -> None:
    """Write a commented file to begin from: a whole small evening. Nothing is written over."""
    from afterparty.replay.skeleton import skeleton

    shelf = Path("scenarios")
    path = out or (shelf if shelf.is_dir() else Path()) / f"{name}.yaml"
    try:
        _write_new(path, skeleton(name, datetime.now(UTC).date()))
    except ValueError as error:
        raise _fail(str(error)) from None
    typer.echo(f"Written to {path}. Next: afterparty scenario check {path}")


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
