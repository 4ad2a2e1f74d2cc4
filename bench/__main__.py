"""``python -m bench [name …] [--quick]``: runs benchmarks, prints their tables, keeps figures."""

import argparse
import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import MappingProxyType

from rich.console import Console

from bench import (
    audience,
    crowd,
    fanout,
    handoff,
    join,
    latency,
    packets,
    reactions,
    relay,
    simulated,
    sound,
    store,
)
from bench.figures import Figure, keep, machine, show
from bench.rivals import compare

BENCHES: Mapping[str, tuple[str, Callable[[bool], Coroutine[None, None, list[Figure]]]]] = (
    MappingProxyType(
        {
            "join": ("Joining a server", join.run),
            "packets": ("A packet to a listener, whole server", packets.run),
            "fanout": ("A packet to a listener, fan-out alone", fanout.run),
            "latency": ("From microphone to listener", latency.run),
            "handoff": ("A handoff with sound", handoff.run),
            "audience": ("A whole audience of real listeners", audience.run),
            "crowd": ("A handoff of a whole audience", crowd.run),
            "simulated": ("A whole audience of simulated members", simulated.run),
            "reactions": ("Ten thousand reactions a second", reactions.run),
            "sound": ("A listener in the media plane alone", sound.run),
            "relay": ("A room's sound between two nodes", relay.run),
            "store": ("The store", store.run),
            "rivals": ("Against others, the same swarm for all", compare.run),
        }
    )
)


PLAIN_WIDTH = 110
"""Columns where there is no terminal to ask."""


def main() -> None:
    """Run what is named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="tiny: to see that it runs at all")
    parser.add_argument("--out", type=Path, default=Path("reports/bench.json"))
    args = parser.parse_args()
    unknown = set(args.names) - set(BENCHES)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    console, before = Console(), machine()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    console.print(", ".join(f"{key} {value}" for key, value in before.items()), highlight=False)
    found: dict[str, list[Figure]] = {}
    for name in args.names or BENCHES:
        title, run = BENCHES[name]
        began = time.monotonic()
        found[name] = asyncio.run(run(args.quick))
        show(console, f"{name}: {title}", found[name], time.monotonic() - began)
    keep(args.out, before, found)
    console.print(f"Written to {args.out}.", highlight=False)


if __name__ == "__main__":
    main()
