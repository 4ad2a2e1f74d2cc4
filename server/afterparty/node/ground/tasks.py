"""The owner of tasks that nobody waits for: keeps them, tells of their faults, ends them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Self

import structlog

from afterparty.node.ground.refused import Refused
from afterparty.store.errors import StoreError

AGAIN_SECONDS = 1.0
"""When to try again what the store could not do, and to begin again what failed."""

log = structlog.get_logger()


class Tasks:
    """``async with Tasks() as tasks``: no task outlives the block, and none cancels another."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self.faults = 0
        """Tasks that failed in a way nobody foresaw."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin ``work``. Its failure is logged under ``name`` and is nobody else's."""
        task = asyncio.create_task(self._guard(name, work), name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def keep(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Keep ``work`` going: without it the node would seem alive and be of no use."""
        return self.spawn(name, self._again_and_again(name, work))

    async def _again_and_again(
        self, name: str, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        while True:
            await self._guard(name, work())
            await asyncio.sleep(AGAIN_SECONDS)

    async def _guard(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (Refused, StoreError) as error:
            log.warning("task gave up", task=name, code=error.code, message=error.message)
        except Exception:
            self.faults += 1
            log.exception("task failed", task=name)


async def insist(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do ``work`` again until the store was there for it. Raises ``Refused`` as it does."""
    told = False
    while True:
        try:
            await work()
        except StoreError as error:
            if not told:
                log.warning("waiting for the store", task=name, code=error.code)
                told = True
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return
