"""Work that must go on does; a fault is counted and nobody else's."""

import asyncio

from afterparty.node.ground.tasks import Tasks, insist
from afterparty.store.errors import StoreUnavailable


async def test_kept_work_begins_again_when_it_fails() -> None:
    begun, twice = 0, asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise KeyError("nobody foresaw this")
        twice.set()
        await asyncio.Event().wait()

    async with Tasks() as tasks, asyncio.timeout(10):
        tasks.keep("work", work)
        await twice.wait()
        assert tasks.faults == 1


async def test_insisting_outlasts_the_store() -> None:
    tried = 0

    async def work() -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise StoreUnavailable("not there")

    await insist("work", work)
    assert tried == 2
