"""``python -m tests.fuzz``: strangers' bytes at every door, as many as asked."""

import argparse
import random
import sys

from tests.fuzz.doors import DOORS
from tests.fuzz.running import Tally, feed


def main() -> int:
    """Fuzz the doors asked for; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("door", nargs="*", metavar="DOOR", help=f"of {', '.join(DOORS)}; or all")
    parser.add_argument("--inputs", type=int, default=100_000, help="in all; 100,000 if not said")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    asked = parser.parse_args()
    unknown = set(asked.door) - set(DOORS)
    if unknown:
        parser.error(f"there is no door {', '.join(sorted(unknown))}")
    doors = asked.door or list(DOORS)
    print(f"--seed {asked.seed}", flush=True)
    shares, found = sum(DOORS[door].share for door in doors), 0
    for door in doors:
        inputs = max(1, round(asked.inputs * DOORS[door].share / shares))
        found += _fuzz(door, inputs, random.Random(f"{asked.seed} {door}"))
    print("Nothing was found." if not found else f"{found} findings are in the corpus now.")
    return 1 if found else 0


def _fuzz(door: str, inputs: int, chance: random.Random) -> int:
    def tell(tally: Tally) -> None:
        print(f"{door}: {tally.inputs:,} of {inputs:,}", end="\r", flush=True)

    tally = feed(door, inputs, chance, tell=tell if sys.stdout.isatty() else None)
    for finding in tally.findings:
        print(f"{door}: {finding.keep()}\n{finding.why}", flush=True)
    print(
        f"{door}: {tally.inputs:,} inputs, {tally.inputs / tally.seconds:,.0f} a second, "
        f"{len(tally.outcomes)} outcomes, the slowest {1000 * tally.slowest:.1f} ms",
        flush=True,
    )
    return len(tally.findings)


if __name__ == "__main__":
    sys.exit(main())
