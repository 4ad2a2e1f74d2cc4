"""One Redis client as the rest of the store sees it: commands and Lua scripts, with our errors.

Each request has one limit of time over all, retries and the wait for a connection included. It is
kept here and not by the client's ``socket_timeout``, which on Python 3.11 goes by
``asyncio.wait_for`` and so may swallow the cancellation of the task that asks.

Every script of ``lua/`` but those of the leases works on one show: its only key is the show's
root, and the shared prelude stands before it. A server that has forgotten a script (restart,
failover) gets it sent again.
"""

import asyncio
from functools import cache
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from afterparty.store import keys
from afterparty.store.errors import translated

ANSWER_S = 6.0
"""How long a request may take, in seconds."""


@cache
def _source(name: str) -> str:
    return (resources.files("afterparty.store") / "lua" / f"{name}.lua").read_text("utf-8")


@cache
def _on_show(name: str) -> str:
    return _source("prelude") + _source(name)


class Link:
    """Sends to one client. Cheap: scripts are read once per process.

    All methods raise StoreUnavailable if Redis does not answer, and StoreError if it refuses.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts: dict[str, AsyncScript] = {}  # each has a digest of its text

    async def command(self, *words: str | bytes | int) -> Any:
        """One command; the answer is as redis-py shapes it, with strings as bytes."""
        with translated():
            async with asyncio.timeout(ANSWER_S):
                return await self._redis.execute_command(*words)  # type: ignore[no-untyped-call] # redis-py's gap

    async def on_show(self, script: str, show: str, *args: str | bytes | int) -> Any:
        """Run a script on one show. Raises StoreError ``bad_id`` for a bad show."""
        return await self._run(_on_show(script), keys.root(show), *args)

    async def on_key(self, script: str, key: str, *args: str | bytes | int) -> Any:
        """Run a script on one key that belongs to no show."""
        return await self._run(_source(script), key, *args)

    async def _run(self, text: str, key: str, *args: str | bytes | int) -> Any:
        script = self._scripts.get(text)
        if script is None:
            script = self._scripts[text] = self._redis.register_script(text)
        with translated():
            async with asyncio.timeout(ANSWER_S):
                return await script(keys=[key], args=args)
