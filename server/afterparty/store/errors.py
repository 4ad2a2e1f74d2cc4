"""What the store may raise, and the one place where Redis' own exceptions become ours.

::

    StoreError              code + human sentence; also raised as it is, for bad input and bad setup
    ├── Conflict            the room's log has grown since the caller looked, to ``actual``
    ├── Present             a member is in the room who must not be
    ├── AlreadyExists       that id is taken
    └── StoreUnavailable    the server cannot be reached or does not answer; try again later

Nothing above the store ever sees an exception of redis-py.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions as redis_errors


class StoreError(Exception):
    """Base of all errors of the store.

    ``code`` is stable and for programs, ``message`` is a sentence for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Conflict(StoreError):  # noqa: N818 -- reads as what has happened
    """A commit expected another version of the room than ``actual``: catch up and decide again."""

    def __init__(self, actual: int) -> None:
        super().__init__("conflict", f"The room's log has moved on to version {actual}.")
        self.actual = actual


class Present(StoreError):  # noqa: N818 -- reads as what has happened
    """A commit was to be made only while a member is not in the room, and they are."""

    def __init__(self, member: str) -> None:
        super().__init__("present", f"{member} is in the room.")


class AlreadyExists(StoreError):  # noqa: N818 -- reads as what has happened
    """The id is taken by something else."""

    def __init__(self, message: str) -> None:
        super().__init__("already_exists", message)


class StoreUnavailable(StoreError):  # noqa: N818 -- reads as what has happened
    """Redis cannot be reached, or does not answer in time. Nothing is known of the last request."""

    def __init__(self, message: str) -> None:
        super().__init__("store_unavailable", message)


_AWAY = (
    redis_errors.ConnectionError,
    redis_errors.TimeoutError,
    OSError,
    redis_errors.ReadOnlyError,  # a replica, for as long as nobody has said who is master
    redis_errors.ClusterError,
    redis_errors.TryAgainError,
    redis_errors.RedisClusterException,  # above all: none of its nodes can be reached
)
"""What means that the same request may well be answered in a moment."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn what redis-py raises inside the block into the errors of this module."""
    try:
        yield
    except _AWAY as error:
        raise StoreUnavailable(f"Redis cannot be reached: {error}") from None
    except redis_errors.OutOfMemoryError:
        raise StoreError("store_full", "Redis has reached its memory limit.") from None
    except redis_errors.RedisError as error:
        raise StoreError("store_refused", f"Redis refused the request: {error}") from None
