"""Work in a process of its own, so that clients who speak are not held up by clients who measure.

The work is an ``async def work(pipe, …)`` at the top of a module. It tells its parent one thing
when it is ready, and one thing for each it is asked; None means that it is over.
"""

import asyncio
import contextlib
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import Any

Work = Callable[..., Awaitable[None]]
Ask = Callable[[str], Awaitable[Any]]


async def asked(pipe: Connection) -> AsyncIterator[str]:
    """What the parent asks for, until it asks no more."""
    while (question := await asyncio.to_thread(_receive, pipe)) is not None:
        yield question


@asynccontextmanager
async def beside(work: Work, *arguments: object) -> AsyncIterator[Ask]:
    """Run the work beside; yields a way to ask it, which raises RuntimeError if it died."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(theirs, work, arguments))
    process.start()
    theirs.close()

    async def ask(question: str) -> Any:
        ours.send(question)
        return await answer()

    async def answer() -> Any:
        try:
            return await asyncio.to_thread(ours.recv)
        except EOFError:
            raise RuntimeError(f"{getattr(work, '__name__', work)} ended early") from None

    try:
        await answer()
        yield ask
    finally:
        with contextlib.suppress(BrokenPipeError):  # it ended by itself
            ours.send(None)
        await asyncio.to_thread(process.join)
        ours.close()


def _child(pipe: Connection, work: Work, arguments: tuple[object, ...]) -> None:
    async def run() -> None:
        await work(pipe, *arguments)

    asyncio.run(run())


def _receive(pipe: Connection) -> str | None:
    try:
        question: str | None = pipe.recv()
    except EOFError:
        return None
    return question
