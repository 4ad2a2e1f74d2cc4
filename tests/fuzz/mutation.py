"""Inputs made of other inputs: changed, cut, repeated, joined to another, or with words put in.

Pure of time and chance: whoever asks brings the chance along, so a seed makes the same again.
"""

import random
from collections.abc import Callable, Sequence

LONGEST = 20_000
"""Bytes of an input: more than any door takes, so that limits are met too."""

_EDGES = (0, 1, 2, 3, 4, 0x0F, 0x10, 0x3F, 0x40, 0x7F, 0x80, 0xBE, 0xC0, 0xDE, 0xFE, 0xFF)
_NUMBERS = (b"0", b"-1", b"1", b"65536", b"4294967296", b"1e999", b"9" * 30, b"NaN", b"0.1")


def mutate(chance: random.Random, seeds: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """A new input, most often one change away from a seed, at times many."""
    data = bytearray(chance.choice(seeds))
    for _ in range(1 + min(int(chance.expovariate(0.7)), 8)):
        change = chance.choice(_CHANGES)
        change(chance, data, seeds, words)
    return bytes(data[:LONGEST])


_Change = Callable[[random.Random, bytearray, Sequence[bytes], Sequence[bytes]], None]


def _span(chance: random.Random, data: bytearray) -> slice:
    start = chance.randrange(len(data) + 1)
    return slice(start, start + min(int(chance.expovariate(0.1)), len(data)))


def _flip(chance: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _edge(chance: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.choice(_EDGES)


def _noise(chance: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    data[_span(chance, data)] = chance.randbytes(chance.randrange(12))


def _cut(chance: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    del data[_span(chance, data)]


def _truncate(chance: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _repeat(chance: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    span = _span(chance, data)
    times = chance.choice((2, 3, 10, 300))
    data[span] = (data[span] * times)[:LONGEST]


def _splice(
    chance: random.Random, data: bytearray, seeds: Sequence[bytes], _words: Sequence[bytes]
) -> None:
    other = chance.choice(seeds)
    at, begin = chance.randrange(len(data) + 1), chance.randrange(len(other) + 1)
    data[at:] = other[begin:]


def _word(
    chance: random.Random, data: bytearray, _seeds: Sequence[bytes], words: Sequence[bytes]
) -> None:
    span = _span(chance, data)
    word = chance.choice(words)
    if chance.random() < 0.5:
        span = slice(span.start, span.start)
    elif chance.random() < 0.5:
        span = slice(span.start, span.start + len(word))
    data[span] = word


def _number(chance: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    digits = [at for at, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if digits:
        at = chance.choice(digits)
        data[at : at + 1] = chance.choice(_NUMBERS)


def _lines(chance: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    lines = data.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    if chance.random() < 0.5:
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines.insert(one, lines[other])
    data[:] = b"\n".join(lines)


_CHANGES: tuple[_Change, ...] = (
    _flip, _flip, _edge, _edge, _noise, _cut, _truncate, _repeat, _splice, _word, _word, _number,
    _lines,
)  # fmt: skip
