"""The keys that access tokens are signed with: several at a time, so that they can be replaced.

The newest comes first. Every one is good for checking; what a node makes is made with the newest
that all living nodes have, so one that has not heard of a new key yet understands it. Where they
lie in a file, a change of it is noticed within a second, or with the first token of a new key.
Keys are never shown: a ``kid`` is what to call them by. Knows no tokens, and nothing of sound.
"""

import asyncio
import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import structlog

from afterparty.node.ground.settings import KEY_LENGTH, KEYS_LIMIT, SettingsError

FILE = "token.key"
"""In the data folder: a key a line, the newest first, readable by its owner alone."""

LOOK_SECONDS = 1.0
"""How often the file is looked at."""

LINGER_SECONDS = 10.0
"""For how long what other nodes made with a key is still understood that is not ours any more."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Key:
    """One key, and what to call it by."""

    kid: str
    """A digest of the key; no secret."""
    text: str = field(repr=False)


def key_of(text: str) -> Key:
    """The key of that text."""
    return Key(hashlib.sha256(b"afterparty kid " + text.encode()).hexdigest()[:16], text)


class Keyring:
    """The keys of one node, the newest first. ``clock``: monotonic seconds."""

    def __init__(
        self,
        texts: Iterable[str],
        path: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = {key.kid: key for key in map(key_of, texts)}
        self._path, self._clock = path, clock
        self._stamp = self._unread = _stamp(path)
        self._lingering: dict[str, tuple[Key, float]] = {}
        self._others: list[Collection[str]] = []
        self.on_change: list[Callable[[], None]] = []
        """Called when keys have come or gone, or other nodes have others. Must not block."""

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """The keys of a data folder; the first is made at first need.

        Raises:
            SettingsError: what is there are no keys.
        """
        return cls(keys_in(folder), folder / FILE)

    def __contains__(self, kid: str) -> bool:
        return kid in self._keys

    def __iter__(self) -> Iterator[Key]:
        return iter(list(self._keys.values()))

    def find(self, kid: str) -> Key | None:
        """The key of that name; another process may have made it this moment."""
        if kid not in self._keys:
            self.look()
        return self._keys.get(kid)

    def kids(self) -> tuple[str, ...]:
        """What the others are told: the names of all keys."""
        return tuple(self._keys)

    def agree(self, others: Iterable[Collection[str]]) -> None:
        """Which keys each of the other nodes has, as it said last."""
        self._others = list(others)
        self._tell()

    def signing(self) -> Key:
        """The newest key that all nodes have; our newest if there is none."""
        return self._shared(list(self))

    def sealing(self) -> Key:
        """What to tell other nodes with: the same, but one of them may not know what is retired."""
        return self._shared(self.understood())

    def _shared(self, known: list[Key]) -> Key:
        shared = (key for key in known if all(key.kid in other for other in self._others))
        return next(shared, known[0])

    def understood(self) -> list[Key]:
        """All keys, and those that other nodes may not have let go of yet."""
        return [*self, *(key for key, _ in self._lingering.values())]

    def look(self) -> None:
        """Read the file again if it has changed."""
        now, changed = self._clock(), False
        for kid in [kid for kid, (_, until) in self._lingering.items() if until <= now]:
            del self._lingering[kid]
            changed = True
        stamp = _stamp(self._path)
        if self._path is not None and stamp is not None and stamp != self._stamp:
            try:
                found = {key.kid: key for key in map(key_of, _read(self._path))}
            except (OSError, ValueError):
                if stamp != self._unread:  # said once, and tried again: who may read it may change
                    log.warning("the key file cannot be read; the keys stay as they are")
                self._unread = stamp
            else:
                self._stamp = stamp
                self._replace(found, now + LINGER_SECONDS)
                changed = True
        if changed:
            self._tell()

    def _replace(self, found: dict[str, Key], until: float) -> None:
        gone = {kid: (key, until) for kid, key in self._keys.items() if kid not in found}
        kept = {kid: was for kid, was in self._lingering.items() if kid not in found}
        self._keys, self._lingering = found, {**kept, **gone}
        log.info("the keys have changed", keys=list(found))

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def _tell(self) -> None:
        for changed in self.on_change:
            changed()


def keys_in(folder: Path) -> tuple[str, ...]:
    """The keys kept in a data folder, the newest first; made at first need.

    Raises:
        SettingsError: what is there are no keys.
    """
    path = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Another process may be faster: its key holds.
        with _draft(path, [secrets.token_urlsafe(48)]) as draft, suppress(FileExistsError):
            os.link(draft, path)
    return _read(path)


def rotate(folder: Path) -> Key:
    """Put a new key before the others of a data folder.

    Raises:
        SettingsError: there are as many as there may be, or what is there are no keys.
    """
    with _alone(folder):
        held = keys_in(folder)
        if len(held) >= KEYS_LIMIT:
            raise SettingsError(f"there are {KEYS_LIMIT} keys already; retire one")
        made = secrets.token_urlsafe(48)
        _write(folder / FILE, [made, *held])
    return key_of(made)


def retire(folder: Path, kid: str) -> None:
    """Take a key out of a data folder: tokens that were signed with it are good no more.

    Raises:
        SettingsError: there is no such key, it is the newest, or what is there are no keys.
    """
    with _alone(folder):
        held = keys_in(folder)
        kept = [text for text in held if key_of(text).kid != kid]
        if len(kept) == len(held):
            raise SettingsError(f"there is no key {kid!r}")
        if kept[:1] != list(held[:1]):
            raise SettingsError("that key signs: rotate first")
        _write(folder / FILE, kept)


def _read(path: Path) -> tuple[str, ...]:
    lines = (line.strip() for line in path.read_text().splitlines())
    found = tuple(dict.fromkeys(line for line in lines if line))
    if not 0 < len(found) <= KEYS_LIMIT or any(len(text) < KEY_LENGTH for text in found):
        told = f"{path} holds no keys of {KEY_LENGTH} characters, a line each, {KEYS_LIMIT} at most"
        raise SettingsError(f"{told}; remove it")
    return found


def _write(path: Path, texts: Sequence[str]) -> None:
    with _draft(path, texts) as draft:
        draft.replace(path)


@contextmanager
def _draft(path: Path, texts: Sequence[str]) -> Iterator[Path]:
    """Written in full before it has its name: half a key would be one that can be guessed."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(f"{text}\n" for text in texts)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other process changes the keys of the folder meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    """What differs when a file was replaced or written to; None if there is none."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_ino, found.st_mtime_ns, found.st_size)
