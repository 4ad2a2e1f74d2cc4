"""Full churn for a while: memory, tasks and descriptors of the nodes stay as they are.

AFTERPARTY_SOAK_SECONDS says for how long: a minute where nothing is said, an hour by choice.
"""

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.chaos.party import ROOMS, Party, open_party

SECONDS = float(os.environ.get("AFTERPARTY_SOAK_SECONDS", "60"))
MEMBERS = 120
CHANGED = 30
"""Who go, and as many who come, in each round."""

MORE_MEMORY = 1.15
MORE_THINGS = 1.10
"""How much the last third may have over the middle one: it grows by what is remembered of members
who ever came, and by no more."""


@dataclass
class Look:
    """What one node had at one moment, when nobody was coming or going."""

    memory: int
    """Bytes of resident memory."""
    files: int
    tasks: int


@pytest.mark.timeout(SECONDS + 300)
async def test_nothing_grows_while_people_come_and_go(tmp_path: Path) -> None:
    async with open_party(tmp_path) as party:
        looks: dict[int, list[Look]] = {number: [] for number in party.pids}
        await party.come(MEMBERS, "pre")
        began, full, other = time.monotonic(), *ROOMS
        while time.monotonic() - began < SECONDS:
            await party.go(party.chance.sample(sorted(party.here), CHANGED))
            await party.command(full, "offer_handoff", to_room=other, seconds=1)
            await party.come(CHANGED, full)
            await party.settled(30.0, time.monotonic())
            full, other = other, full
            for number in party.pids:
                looks[number].append(await _look(party, number))
        for number, found in looks.items():
            _is_flat(number, found)


async def _look(party: Party, number: int) -> Look:
    pid = party.pids[number]
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    async with httpx.AsyncClient(trust_env=False) as http:
        text = (await http.get(f"{party.urls[number]}/metrics")).text
    lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
    tasks = next(float(value) for name, value in lines if name == "afterparty_tasks")
    return Look(pages * os.sysconf("SC_PAGE_SIZE"), files, int(tasks))


def _is_flat(number: int, looks: Sequence[Look]) -> None:
    third = len(looks) // 3
    assert third >= 2, f"only {len(looks)} rounds: soak for longer"
    for name, more in (("memory", MORE_MEMORY), ("files", MORE_THINGS), ("tasks", MORE_THINGS)):
        values = [getattr(look, name) for look in looks]
        middle = statistics.median(values[third : 2 * third])
        last = statistics.median(values[2 * third :])
        print(f"node {number}: {name} {values[0]:,}, then {middle:,.0f}, then {last:,.0f}")
        assert last <= middle * more, f"node {number}: {name} grew from {middle} to {last}"
