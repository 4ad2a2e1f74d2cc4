"""The command line: ``afterparty serve | replay | scenario | listen | loadtest | records | …``.

It stands above the house.
"""

import asyncio
import contextlib
import tempfile
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from afterparty import __version__
from afterparty.keycommand import keys
from afterparty.loadcommand import loadtest
from afterparty.node.ground.settings import (
    Settings,
    SettingsError,
    from_environment,
    keys_of,
    separated,
)
from afterparty.scenariocommand import scenario as scenario_commands

if TYPE_CHECKING:
    from afterparty.client.api import Api
    from afterparty.client.errors import ClientError
    from afterparty.client.peer import PeerError
    from afterparty.replay.verdict.expect import Verdict
    from afterparty.wire.seasons import SeasonBook


class Voices(StrEnum):
    """How the cast of a replay speaks."""

    MARKED = "marked"
    """Speech, with a faint tone by which a voice is told; tones where there is no speech."""
    TONE = "tone"
    NONE = "none"
    """Captions without a sound, for many evenings in little time; nobody is heard."""


app = typer.Typer(
    name="afterparty",
    help="Live-audio rooms with exact counts, and audiences handed from room to room.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_err = Console(stderr=True, emoji=False)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Live-audio rooms with exact counts, and audiences handed from room to room."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def _fail(message: str) -> typer.Exit:
    _err.print(f"[red]afterparty:[/] {escape(message)}", highlight=False, soft_wrap=True)
    return typer.Exit(2)


def _refused(error: "ClientError | PeerError") -> typer.Exit:
    told = f"{error.message} [{error.code}]"
    if error.code == "unreachable":
        told += "\nIs a server running there? One is started by: afterparty serve --dev"
    return _fail(told)


def _settings() -> Settings:
    try:
        return from_environment()
    except SettingsError as error:
        raise _fail(str(error)) from None


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to bind, for HTTP and for sound.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="TCP port; 0: a free one.")
    ] = None,
    media_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="UDP port of all sound.")
    ] = None,
    announce: Annotated[
        list[str] | None,
        typer.Option(help="Addresses for ICE candidates, comma-separated, or repeat it."),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store.")] = None,
    dev: Annotated[bool, typer.Option(help="Open to all: anybody may take any name.")] = False,
    nodes: Annotated[
        int, typer.Option(min=1, max=64, help="Nodes, each a process with ports of its own.")
    ] = 1,
) -> None:
    """Run a server until SIGTERM or Ctrl-C."""
    from afterparty import nodes as several
    from afterparty.node.doors import serving

    found = _settings()
    settings = replace(
        found,
        host=host or found.host,
        media_host=host or found.media_host,
        port=found.port if port is None else port,
        media_port=found.media_port if media_port is None else media_port,
        announce=separated(",".join(announce or ())) or found.announce,
        data=data or found.data,
        dev=dev or found.dev,
    )
    raise typer.Exit(serving.run(settings) if nodes == 1 else several.run(settings, nodes))


@app.command()
def replay(
    scenario: Annotated[
        str | None, typer.Argument(help="A scenario's name, or a YAML file.")
    ] = None,
    url: Annotated[str, typer.Option(help="The server to replay it on.")] = "http://localhost:8080",
    serve: Annotated[bool, typer.Option("--serve", help="Start a server for it.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its TCP port.")] = 8080,
    data: Annotated[Path, typer.Option(help="Its data folder.")] = Path(".data"),
    speed: Annotated[str, typer.Option(help="demo, real, or how many times as fast.")] = "demo",
    real: Annotated[
        int,
        typer.Option(min=0, help="So many listeners have connections; the others are simulated."),
    ] = 200,
    seed: Annotated[int | None, typer.Option(help="Another audience.")] = None,
    voices: Annotated[Voices, typer.Option(help="How the cast speaks.")] = Voices.MARKED,
    out: Annotated[Path, typer.Option(help="Folder of the reports.")] = Path("reports"),
    season: Annotated[
        str | None, typer.Option(help="Replay all evenings of a folder, in order of date.")
    ] = None,
    together: Annotated[
        int, typer.Option(min=1, max=16, help="Of a season, at most so many evenings at a time.")
    ] = 3,
    scale: Annotated[
        float, typer.Option(min=0.001, max=1, help="Of a season, so much of each audience.")
    ] = 1.0,
) -> None:
    """Replay an evening with real listeners, or a season of them, and judge it.

    Exit code 0 if all held that was asked, else 1.
    """
    from afterparty.client.errors import ClientError
    from afterparty.own_server import ServerFailedError, own_server
    from afterparty.replay.evening.progress import to_terminal
    from afterparty.replay.evening.runner import ReplayResult
    from afterparty.replay.evening.runner import replay as replay_scenario
    from afterparty.replay.season.progress import SeasonLines
    from afterparty.replay.season.runner import Terms, replay_season
    from afterparty.replay.words.finding import find, find_season
    from afterparty.replay.words.loading import ScenarioError, load
    from afterparty.replay.words.seasonload import load as load_season
    from afterparty.seasontable import print_season

    console = Console(emoji=False)
    times = _speed(speed)
    if (scenario is None) == (season is None):
        both = "" if scenario is None else ", and not both"
        raise _fail(f"Name a scenario, or a folder with --season{both}.")

    async def run(path: Path, where: str) -> ReplayResult:
        return await replay_scenario(
            path,
            where,
            out / path.stem,
            speed=times,
            real=real,
            seed=seed,
            voices=voices.value,
            progress=to_terminal(console),
        )

    terms = Terms(times, real, seed, scale, together, voices.value)
    try:
        path = find_season(season) if season is not None else find(scenario or "")
        _ = load(path) if season is None else load_season(path)
        _writable(out)  # before a server is started, and long before what came of it is written
        with own_server(port, data) if serve else contextlib.nullcontext() as server:
            where = server.url if server else url
            console.print(f"Open [bold]{where}[/] in a browser to be there.", highlight=False)
            if voices is Voices.NONE:
                console.print("With --voices none nobody is heard, and nothing is asked of sound.")
            if season is not None:
                watch = SeasonLines(console.file)
                record = asyncio.run(replay_season(path, where, out, terms, watch=watch))
                print_season(console, record, out)
                raise typer.Exit(0 if record.ok else 1)
            result = asyncio.run(run(path, where))
    except (ScenarioError, FileNotFoundError) as error:
        raise _fail(str(error)) from None
    except ServerFailedError as error:
        raise _fail(str(error)) from None
    except ClientError as error:
        raise _refused(error) from None
    except OSError as error:
        raise _fail(f"{error.filename or out}: {error.strerror or error}") from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    _tell(console, result.verdicts, result.report_path)
    raise typer.Exit(0 if result.ok else 1)


def _writable(folder: Path) -> None:
    """Make a folder, and see that files can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _fail(f"{folder}: nothing can be written there: {error.strerror}") from None


def _speed(text: str) -> float | None:
    if text == "demo":
        return None
    try:
        times = 1.0 if text == "real" else float(text)
    except ValueError:
        times = 0.0
    if not 0.1 <= times <= 1000:
        raise _fail("--speed is demo, real, or a number from 0.1 to 1000")
    return times


def _tell(console: Console, verdicts: "list[Verdict]", report: Path) -> None:
    from afterparty.replay.verdict.expect import summed

    lines = Table.grid(padding=(0, 1))
    for verdict in verdicts:
        mark = "[green]held[/]" if verdict.held else "[red]FAILED[/]"
        mark = mark if verdict.asked else "[yellow]not asked[/]"
        lines.add_row(mark, f"{escape(verdict.says)} [dim]{escape(verdict.measured)}[/]")
    console.print(lines)
    failed = any(verdict.failed for verdict in verdicts)
    word = "[red]FAILED[/]" if failed else "[green]PASSED[/]"
    console.print(f"{word}: {summed(verdicts)}.")
    console.print(f"Report: {report}", soft_wrap=True, highlight=False)


@app.command()
def listen(
    room: Annotated[str, typer.Argument(help="Room to listen to.")],
    url: Annotated[str, typer.Option(help="Where the server is.")] = "http://localhost:8080",
    wav: Annotated[Path | None, typer.Option(help="Write what is heard to this file.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="Stop after so long.")] = None,
    handle: Annotated[str | None, typer.Option(help="Name to take; without: anonymous.")] = None,
    token: Annotated[
        str | None, typer.Option(envvar="AFTERPARTY_TOKEN", help="Access token, if one is needed.")
    ] = None,
) -> None:
    """Join a room as a listener, and record what is heard."""
    from afterparty.client.errors import ClientError
    from afterparty.client.listen import listen as listen_to
    from afterparty.client.peer import PeerError

    work = listen_to(url, room, wav=wav, seconds=seconds, token=token, handle=handle)
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    except (ClientError, PeerError) as error:
        raise _refused(error) from None
    except OSError as error:
        raise _fail(f"{error.strerror or error}: {error.filename or wav}") from None
    if wav is not None:
        typer.echo(f"Written to {wav}.")


app.command()(loadtest)


async def _book(api: "Api", season: str, at: float | None, top: int) -> "SeasonBook":
    """A season's book, by its whole name, or by that of its file: then the newest replay's."""
    from afterparty.client.errors import ApiError

    try:
        return await api.season_book(season, at, top)
    except ApiError as error:
        if error.code != "no_such_season":
            raise
        known = [one.season for one in await api.seasons(500)]
        newest = next((one for one in known if one.rpartition("-")[0] == season), None)
        if newest is None:
            there = ", ".join(known[:20]) or "none; replay one with --season"
            raise ApiError(error.code, f"{error.message} There are: {there}.", 404) from None
    return await api.season_book(newest, at, top)


@app.command()
def records(
    url: Annotated[str, typer.Option(help="Where the server is.")] = "http://localhost:8080",
    top: Annotated[int, typer.Option(min=1, max=100, help="How many entries.")] = 10,
    season: Annotated[
        str | None,
        typer.Option(
            help="The book of a season; without the end of its name, of its newest replay."
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="As of then: a date, with its whole day, or a time (UTC).")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As the server tells it, in JSON.")] = False,
) -> None:
    """Show a record book: the highest listener counts, who held the record when, who was first."""
    from afterparty.client.api import Api
    from afterparty.client.errors import ClientError
    from afterparty.recordtable import moment, print_records, print_season
    from afterparty.wire.bodies import RecordList

    try:
        when = None if at is None else moment(at)
    except ValueError:
        raise _fail("--at is a date such as 2021-06-30, or 2021-06-09T22:53+09:00") from None

    async def ask() -> None:
        console = Console(emoji=False)
        async with Api(url) as api:
            if season is None:
                book: RecordList | SeasonBook = await api.records(top, when)
            else:
                book = await _book(api, season, when, min(top, 50))
        if json:
            typer.echo(book.model_dump_json(indent=1))
        elif isinstance(book, RecordList):
            print_records(console, book)
        else:
            print_season(console, book)

    try:
        asyncio.run(ask())
    except ClientError as error:
        raise _refused(error) from None


@app.command()
def token(
    handle: Annotated[
        str | None, typer.Argument(help="Whose; without: somebody anonymous.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name to show.")] = "",
    grant: Annotated[
        list[str] | None, typer.Option(help="host, simulate, admin; repeat it.")
    ] = None,
    ceiling: Annotated[
        str, typer.Option(help="Highest role: host, cohost, speaker, listener.")
    ] = "host",
    show: Annotated[str | None, typer.Option(help="Good for this show only.")] = None,
    room: Annotated[str | None, typer.Option(help="Good for this room only.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=8760, help="How long it is good.")] = 12.0,
    data: Annotated[Path | None, typer.Option(help="The server's data folder.")] = None,
) -> None:
    """Make an access token with the server's newest key, and print it."""
    from pydantic import ValidationError

    from afterparty.core.model import Person
    from afterparty.node.access.keyring import Keyring
    from afterparty.node.access.tokens import TokenMint, anonymous_person
    from afterparty.wire.bodies import TokenRequest

    settings = _settings()
    try:
        asked = TokenRequest.model_validate(
            {
                "handle": handle,
                "name": name,
                "grants": grant or [],
                "ceiling": ceiling,
                "show": show,
                "room": room,
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _fail(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    person = Person(asked.handle, asked.handle, asked.name) if asked.handle else anonymous_person()
    secret = settings.secret
    try:
        held = Keyring(keys_of(secret)) if secret else Keyring.in_folder(data or settings.data)
    except (SettingsError, OSError) as error:
        raise _fail(str(error)) from None
    text, _ = TokenMint(held).mint(
        person,
        seconds=int(hours * 3600),
        ceiling=asked.ceiling,
        grants=tuple(asked.grants),
        show=asked.show,
        room=asked.room,
    )
    typer.echo(text)


app.add_typer(keys, name="keys")
app.add_typer(scenario_commands, name="scenario")


def main() -> None:
    """Entry point of the ``afterparty`` command."""
    app()
