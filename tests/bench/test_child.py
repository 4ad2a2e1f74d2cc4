from multiprocessing.connection import Connection

import pytest
from bench.child import asked, beside


async def doubles(pipe: Connection, times: int) -> None:
    pipe.send("here")
    async for question in asked(pipe):
        pipe.send(question * times)


async def breaks(pipe: Connection) -> None:
    pipe.send("here")
    async for _ in asked(pipe):
        return


async def test_a_child_answers() -> None:
    async with beside(doubles, 2) as ask:
        assert await ask("ab") == "abab"
        assert await ask("c") == "cc"


async def test_a_child_that_ends_early_is_told_of() -> None:
    async with beside(breaks) as ask:
        with pytest.raises(RuntimeError, match="breaks ended early"):
            await ask("anything")
