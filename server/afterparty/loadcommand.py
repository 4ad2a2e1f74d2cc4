"""``afterparty loadtest`` as a command: its options, and the server of its own that it may need."""

import os
import tempfile
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from afterparty.node.ground.settings import Settings

if TYPE_CHECKING:
    from afterparty.loadtest.plan import LoadPlan


class Via(StrEnum):
    """How the listeners of a load test come in."""

    WHEP = "whep"
    WS = "ws"


class Lane(StrEnum):
    """Milliseconds of sound in a packet."""

    AUTO = "auto"
    MS20 = "20"
    MS60 = "60"
    MS120 = "120"


def loadtest(
    url: Annotated[str | None, typer.Option(help="The server; without: one of our own.")] = None,
    whep: Annotated[
        bool, typer.Option("--whep", help="--url is a WHEP endpoint, of any server.")
    ] = False,
    token: Annotated[
        str | None, typer.Option(envvar="AFTERPARTY_TOKEN", help="Access token, if one is needed.")
    ] = None,
    room: Annotated[str | None, typer.Option(help="A live room; without: a new one.")] = None,
    listeners: Annotated[int, typer.Option(help="Simulated listeners.")] = 1000,
    rate: Annotated[float, typer.Option(help="Joins a second.")] = 100.0,
    hold: Annotated[float, typer.Option(help="Seconds to measure for.")] = 30.0,
    via: Annotated[Via, typer.Option(help="How they come in.")] = Via.WHEP,
    churn: Annotated[float, typer.Option(help="A second, who leave and are replaced.")] = 0.0,
    find_limit: Annotated[
        bool, typer.Option("--find-limit", help="Climb in steps until the service level breaks.")
    ] = False,
    step: Annotated[
        int | None, typer.Option(help="Listeners a step; without: a tenth of all.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes; 0: as many as cores.")] = 0,
    decrypt: Annotated[float, typer.Option(help="Share who decrypt and check it all.")] = 0.01,
    decode: Annotated[int, typer.Option(help="Listeners who decode it, too.")] = 4,
    seed: Annotated[int, typer.Option(help="Other tones to be spoken.")] = 0,
    min_received: Annotated[float, typer.Option(help="Per cent of packets that must come.")] = 99.9,
    max_silence: Annotated[
        float, typer.Option(help="Milliseconds anyone may be without a packet.")
    ] = 250.0,
    max_first_sound: Annotated[
        float, typer.Option(help="Seconds within which 99 % of the joins must hear.")
    ] = 2.0,
    max_wrong_sound: Annotated[
        float, typer.Option(help="Per cent of decoded seconds that may be wrong.")
    ] = 5.0,
    lane: Annotated[Lane, typer.Option(help="Our own server's ms in a packet.")] = Lane.AUTO,
    count: Annotated[bool, typer.Option(help="Compare the server's count with the truth.")] = True,
    record: Annotated[
        bool, typer.Option("--record", help="Enter the result in the server's record book.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Folder of the report; without: one by the time.")
    ] = None,
    mine: Annotated[
        bool, typer.Option("--i-own-this-server", help="For a server not on this machine.")
    ] = False,
) -> None:
    """Send simulated listeners to a server, and judge what they hear.

    Exit code 0 if the service level held, 1 if it broke, 3 if it could not be judged.
    """
    from afterparty.loadtest.level import ServiceLevel
    from afterparty.loadtest.plan import LoadPlan, PlanError, check

    plan = LoadPlan(
        url, whep, token, room, listeners, rate, hold, via.value, churn, find_limit, step,
        workers, decrypt, decode, seed,
        ServiceLevel(min_received, max_silence, max_first_sound, max_wrong_sound),
        lane.value, count, record,
        report or Path("reports") / time.strftime("loadtest-%Y%m%d-%H%M%S"),
        mine,
    )  # fmt: skip
    try:
        check(plan)
    except PlanError as error:
        _refuse(error)
        raise typer.Exit(2) from None
    raise typer.Exit(_load(plan))


def _load(plan: "LoadPlan") -> int:
    """Run the plan, on a server of our own if it names none; returns the exit code."""
    from afterparty.loadtest.command import run
    from afterparty.own_server import ServerFailedError, all_as_ctrl_c, own_server

    console = Console(emoji=False)
    if plan.url is not None:
        return run(plan, plan.url, None, console)
    most = max(Settings.max_members, 2 * plan.listeners)
    # Nothing that is set for another server: neither its Redis nor its addresses are ours.
    extra = {name: "" for name in os.environ if name.startswith("AFTERPARTY_")}
    extra["AFTERPARTY_MAX_MEMBERS"] = str(most)
    if plan.lane != "auto":
        extra["AFTERPARTY_LANE"] = plan.lane
    try:
        with (
            all_as_ctrl_c(),
            tempfile.TemporaryDirectory(prefix="afterparty-") as data,
            own_server(0, Path(data), extra) as server,
        ):
            return run(plan, server.url, server.pid, console)
    except ServerFailedError as error:
        _refuse(error)
        return 3
    except KeyboardInterrupt:
        return 130


def _refuse(error: Exception) -> None:
    console = Console(stderr=True, emoji=False)
    console.print(f"[red]afterparty:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
