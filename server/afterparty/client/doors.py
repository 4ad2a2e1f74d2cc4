"""Where a server can be reached: one address at first, and those of its nodes once it tells them.

Says what to try after a drop, and when. Whoever lost the same node goes to the others in an order
of their own, so that no other node gets them all. Opens nothing itself.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence

NODES_LIMIT = 64
"""Addresses that are kept; a server tells fewer."""

FIRST_PAUSE = 0.1
"""Seconds before the first try; each round of tries begins after twice the pause of the last."""

LONGEST_PAUSE = 5.0
"""Longest pause between two rounds, seconds."""

HOP_SECONDS = 0.1
"""Pause before the next address of a round."""

TRY_SECONDS = 5.0
"""How long one of several addresses may take to answer."""

ALONE_SECONDS = 10.0
"""How long the only address may."""


class Doors:
    """The addresses of one server; ``at`` is where the session is, or was last."""

    def __init__(self, home: str) -> None:
        self.home = self.at = home
        self._nodes: list[str] = []

    def learn(self, nodes: Sequence[str]) -> None:
        """The server's nodes are these. None leads from an encrypted address to a plain one."""
        kinds = ("https://",) if self.home.startswith("https://") else ("http://", "https://")
        told = [node.rstrip("/") for node in nodes if node.startswith(kinds)]
        self._nodes = list(dict.fromkeys(told))[:NODES_LIMIT]

    def round(self, *, gone: bool) -> list[str]:
        """Every address once, in the order to try them: the present one last if it is ``gone``."""
        others = [node for node in self._nodes if node != self.at]
        random.shuffle(others)
        if self.home not in (self.at, *others):
            others.append(self.home)
        return [*others, self.at] if gone else [self.at, *others]

    async def tries(self, *, gone: bool) -> AsyncGenerator[tuple[str, float], None]:
        """Addresses, each when it is to be tried, and the seconds it may take. Never ends.

        ``gone``: the present address is known not to answer.
        """
        first = FIRST_PAUSE
        while True:
            addresses, pause = self.round(gone=gone), first
            for address in addresses:
                # Spread, so that the clients of a server that fell do not all come at once.
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
                pause = HOP_SECONDS
                yield address, TRY_SECONDS if len(addresses) > 1 else ALONE_SECONDS
            first = min(2 * first, LONGEST_PAUSE)
