"""Going down without losing anybody: members are sent to other nodes, a few at a time.

Whoever was sent on keeps their presence here until they have come in elsewhere, or have had as long
as after any drop; so the count dips by nobody. Who hears by HTTP alone cannot be sent: they keep
their sound until the time is up. A node that is alone says goodbye and is gone. Knows no signals
and no HTTP; that is ``serving``.
"""

import asyncio
import contextlib

import structlog

from afterparty.node.live.hub import post_closing
from afterparty.node.node import LEASE_MS, Node
from afterparty.store.errors import StoreError

STEP_SECONDS = 0.25
"""Members are sent on in steps so far apart."""

PACE = 200
"""How many are sent on a second, so that those who take them in are not flooded."""

PART = 0.5
"""Share of the time within which all are sent on, however many they are."""

STORE_SECONDS = 2.0
"""How long the store, and each part that gives up what it leads, may take."""

FAREWELL_SECONDS = 2.0
"""How long clients may take to be told that the server goes down."""

log = structlog.get_logger()


async def drain(node: Node, seconds: float, hurry: asyncio.Event) -> None:
    """Let nobody in, give up what this node leads, and send its members on.

    Returns when nobody is left, after ``seconds``, or soon after ``hurry`` is set; whoever is still
    here then is let go of by whoever stops the node.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    node.stopping = True
    try:
        async with asyncio.timeout(STORE_SECONDS):
            await node.registry.drain(LEASE_MS)
    except (StoreError, TimeoutError):
        log.warning("the others do not hear that this node goes down")
    await _release(node)
    await _send_on(node, deadline, hurry)
    await _say_goodbye(node, hurry)


def _alone(node: Node) -> bool:
    return all(peer.draining for peer in node.registry.peers().values())


async def _release(node: Node) -> None:
    for release in node.releases:
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await release()
        except (StoreError, TimeoutError):
            log.warning("what this node leads runs out by itself")
        except Exception:  # the members are to be sent on all the same
            log.exception("a part did not give up what it leads")


async def _send_on(node: Node, deadline: float, hurry: asyncio.Event) -> None:
    clock = asyncio.get_running_loop().time
    a_second = max(PACE, len(node.hub.sockets()) / max(0.1, PART * (deadline - clock())))
    while len(node.hub) and not _alone(node) and clock() < deadline and not hurry.is_set():
        # Looked for anew each time: a socket that is welcomed this moment begins with no closing.
        untold = [one for one in node.hub.sockets() if one.attached and not one.outbox.closing]
        for connection in untold[: int(a_second * STEP_SECONDS) + 1]:
            post_closing(
                connection, 1012, "shutting_down", "Going on elsewhere.", node.registry.urls()
            )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(STEP_SECONDS, max(0.0, deadline - clock()))):
                await hurry.wait()


async def _say_goodbye(node: Node, hurry: asyncio.Event) -> None:
    """Tell whoever still has a socket, and give them a moment to take it in."""
    for connection in node.hub.sockets():
        if not connection.outbox.closing:
            post_closing(connection, 1012, "shutting_down", "This server is going down.")
    for _ in range(100):
        if hurry.is_set() or not any(one.attached for one in node.hub.sockets()):
            return
        await asyncio.sleep(FAREWELL_SECONDS / 100)
