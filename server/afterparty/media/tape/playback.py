"""A recording as one Ogg Opus stream: pieces in order, and silence in the gaps, so that a second of
it is a second of the wall clock. Written as a whole, or told bit by bit. It reads files, so it is
called in a thread.
"""

import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from afterparty.media.desk.clock import TICKS_PER_SECOND
from afterparty.media.tape.ogg import SETTLE_TICKS, OggOpus
from afterparty.media.tape.reel import Reel, sound

PAGE_TICKS = TICKS_PER_SECOND
"""Ticks on a page of silence: a second, as RFC 7845 section 3 advises at most."""


def play(
    reel: Reel, first: int, end: int, floor: int, comments: Iterable[tuple[str, str]], serial: int
) -> Iterator[bytes]:
    """The pages that play the ticks from `first` until `end`.

    A few packets before them are given, and skipped by players, as a decoder that begins in the
    midst needs them to be right; but none before `floor`.

    Raises FileNotFoundError if the recording is deleted meanwhile.
    """
    at = max(floor, first - SETTLE_TICKS)
    stream = OggOpus(serial, first - at)
    yield stream.headers(comments)
    for piece, lengths, packets in sound(reel.between(at, end)):
        yield from _silence(stream, piece.tick - at)
        at = piece.end
        yield stream.page(lengths, packets, last=at == end)
    yield from _silence(stream, end - at, last=True)


def _silence(stream: OggOpus, ticks: int, *, last: bool = False) -> Iterator[bytes]:
    while ticks > 0:
        some = min(ticks, PAGE_TICKS)
        ticks -= some
        yield stream.silence(some, last=last and ticks == 0)


def write(path: Path, pages: Iterable[bytes]) -> None:
    """Put a stream into a file, which is there when it is whole. Raises OSError."""
    scratch = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    try:
        with scratch.open("wb") as file:
            for page in pages:
                file.write(page)
                time.sleep(0)  # the clock's thread comes first
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
