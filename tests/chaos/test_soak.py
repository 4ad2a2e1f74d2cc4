"""Full churn for a while: memory, tasks and descriptors of the nodes stay as they are.

AFTERPARTY_SOAK_SECONDS says for how long: a minute where nothing is said, an hour by choice.
"""

import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.chaos.party import ROOMS, Party, open_party

SECONDS = float(os.environ.get("AFTERPARTY_SOAK_SECONDS", "60"))
MEMBERS = 120
CHANGED = 30
"""Who go, and as many who come, in each round."""

LEAST_ROUNDS = 9

MORE_MEMORY = 1.15
MORE_THINGS = 1.10
"""How much the last third may have over the middle one: it grows by what is remembered of members
who ever came, and by no more."""


@dataclass
class Look:
    """What all nodes together had at one moment, when nobody was coming or going: who is at which
    node is chance, and how many there are is not."""

    memory: int
    """Bytes of resident memory."""
    files: int
    tasks: int


@pytest.mark.timeout(SECONDS + 300)
async def test_nothing_grows_while_people_come_and_go(tmp_path: Path) -> None:
    async with open_party(tmp_path) as party:
        looks: list[Look] = []
        await party.come(MEMBERS, "pre")
        began, full, other = time.monotonic(), *ROOMS
        while time.monotonic() - began < SECONDS or len(looks) < LEAST_ROUNDS:
            await party.go(party.chance.sample(sorted(party.here), CHANGED))
            await party.command(full, "offer_handoff", to_room=other, seconds=1)
            await party.come(CHANGED, full)
            await party.settled(30.0, time.monotonic())
            full, other = other, full
            looks.append(await _look(party))
        third = len(looks) // 3
        bounds = {"memory": MORE_MEMORY, "files": MORE_THINGS, "tasks": MORE_THINGS}
        for name, more in bounds.items():
            values = [getattr(look, name) for look in looks]
            middle = statistics.median(values[third : 2 * third])
            last = statistics.median(values[2 * third :])
            print(f"{name}: {values[0]:,} at first, then {middle:,.0f}, then {last:,.0f}")
            assert last <= middle * more, f"{name} grew from {middle} to {last}"


async def _look(party: Party) -> Look:
    found = Look(0, 0, 0)
    async with httpx.AsyncClient(trust_env=False) as http:
        for number, pid in party.pids.items():
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            found.memory += pages * os.sysconf("SC_PAGE_SIZE")
            found.files += len(list(Path(f"/proc/{pid}/fd").iterdir()))
            text = (await http.get(f"{party.urls[number]}/metrics")).text
            lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
            found.tasks += int(float(next(v for name, v in lines if name == "afterparty_tasks")))
    return found
