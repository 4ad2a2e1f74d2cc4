from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.media.datagrams.records import datagrams, is_goodbye, opened

KEY = bytes(20)


def record(size: int) -> bytes:
    return b"\x16\xfe\xfd" + bytes(8) + size.to_bytes(2) + bytes(size)


@given(st.lists(st.integers(0, 1500), max_size=20))
def test_flights_are_split_between_records(sizes: list[int]) -> None:
    records = [record(size) for size in sizes]
    found = datagrams(b"".join(records), 1200)
    assert b"".join(found) == b"".join(records)
    for data in found:
        assert len(data) <= 1200 or data in records
    for one, other in pairwise(found):
        following = 13 + int.from_bytes(other[11:13])
        assert len(one) + following > 1200, "as full as it may be"


@given(st.binary(max_size=100))
def test_any_bytes_are_opened_without_harm(data: bytes) -> None:
    assert list(opened(data, KEY)) == []
    assert list(opened(b"\x15\xfe\xfd\0\1" + data, KEY)) == []


@pytest.mark.parametrize(
    ("alert", "ends"),
    [(b"\1\0", True), (b"\2\0", True), (b"\2\x28", True), (b"\1\x5a", False), (b"\1", False),
     (b"", False), (b"\1\0\0", False)],
)  # fmt: skip
def test_alerts_that_end_an_association(alert: bytes, ends: bool) -> None:
    assert is_goodbye(alert) == ends
