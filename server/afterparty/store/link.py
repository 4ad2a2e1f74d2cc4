"""One Redis client as the rest of the store sees it: commands and Lua scripts, with our errors.

Each request has one limit of time over all, retries and the wait for a connection included. It is
kept here and not by the client's ``socket_timeout``, which on Python 3.11 goes by
``asyncio.wait_for`` and so may swallow the cancellation of the task that asks.

Every script of ``lua/`` but those of the leases works on one show: its only key is the show's
root, and the shared prelude stands before it. A server that has forgotten a script (restart,
failover, another node of a cluster) gets it sent again.
"""

import asyncio
import hashlib
from functools import cache
from importlib import resources
from typing import Any

from redis.exceptions import NoScriptError

from afterparty.store import keys, servers
from afterparty.store.errors import translated
from afterparty.store.servers import Client


@cache
def _source(name: str) -> str:
    return (resources.files("afterparty.store") / "lua" / f"{name}.lua").read_text("utf-8")


@cache
def _on_show(name: str) -> str:
    return _source("prelude") + _source(name)


@cache
def _digest(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 -- the name Redis knows it by


class Link:
    """Sends to one client. Cheap: scripts are read once per process.

    All methods raise StoreUnavailable if Redis does not answer, and StoreError if it refuses.
    """

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def command(self, *words: str | bytes | int) -> Any:
        """One command; the answer is as redis-py shapes it, with strings as bytes.

        All its keys lie in one slot of a cluster.
        """
        with translated():
            async with asyncio.timeout(servers.ANSWER_S):
                return await self._send(*words)

    async def on_show(self, script: str, show: str, *args: str | bytes | int) -> Any:
        """Run a script on one show. Raises StoreError ``bad_id`` for a bad show."""
        return await self._run(_on_show(script), keys.root(show), *args)

    async def on_key(self, script: str, key: str, *args: str | bytes | int) -> Any:
        """Run a script on one key that belongs to no show."""
        return await self._run(_source(script), key, *args)

    async def _run(self, text: str, key: str, *args: str | bytes | int) -> Any:
        with translated():
            async with asyncio.timeout(servers.ANSWER_S):
                try:
                    return await self._send("EVALSHA", _digest(text), 1, key, *args)
                except NoScriptError:  # the server keeps what it is sent in full
                    return await self._send("EVAL", text, 1, key, *args)

    async def _send(self, *words: str | bytes | int) -> Any:
        return await self._redis.execute_command(*words)
