from hypothesis import given
from hypothesis import strategies as st

from afterparty.media.desk.feed import FeedPacket
from afterparty.media.desk.opus import COMFORT
from afterparty.media.tape.chunk import CHUNK_TICKS, Run, body_length, chunks_of, decode, encode
from afterparty.media.tape.ogg import SILENT

Ticks = list[tuple[int, FeedPacket | None]]


def said(tick: int, *heard: tuple[int, int], payload: bytes = b"\xf8sound") -> FeedPacket:
    """The packet of a tick, in which these sources are heard at these levels."""
    levels = bytes(level for _, level in heard)
    return FeedPacket(tick, payload, tuple(csrc for csrc, _ in heard), levels, False)


packets = st.one_of(
    st.none(),
    st.just(FeedPacket(0, COMFORT, (), b"", False)),
    st.builds(
        lambda heard, payload: said(0, *heard.items(), payload=payload),
        st.dictionaries(st.integers(0, 2**32 - 1), st.integers(0, 127), min_size=1, max_size=15),
        st.binary(min_size=1, max_size=254),
    ),
)
ticks = st.lists(st.tuples(st.integers(1, 3), packets), min_size=1, max_size=150)


@given(st.integers(0, 2**63), ticks)
def test_nothing_is_lost_on_the_way_through_a_part(first: int, steps: list) -> None:
    given_: Ticks = []
    for step, packet in steps:
        first += step
        given_.append((first, packet))
    found: dict[int, tuple[bytes, dict[int, int]]] = {}
    for chunk in chunks_of(given_):
        again = decode(encode(chunk))
        assert again == chunk
        assert len(chunk.lengths) <= CHUNK_TICKS
        at = 0
        for offset, length in enumerate(chunk.lengths):
            heard = {r.csrc: r.level for r in chunk.runs if 0 <= offset - r.start < r.ticks}
            found[chunk.tick + offset] = chunk.sound[at : at + length], heard
            at += length
        assert at == len(chunk.sound)
    assert list(found) == [tick for tick, _ in given_]
    for tick, packet in given_:
        payload, heard = found[tick]
        if packet is None or not packet.csrcs:
            assert (payload, heard) == (SILENT, {})
        else:
            assert payload == packet.payload
            levels = dict(zip(packet.csrcs, packet.levels, strict=True))
            assert heard.keys() == levels.keys()
            assert all(heard[csrc] <= level for csrc, level in levels.items())


def test_a_run_ends_where_somebody_pauses() -> None:
    heard = [said(n, (5, 20 + n)) for n in range(4)]
    one, *more = chunks_of(list(enumerate([heard[0], heard[1], None, heard[3]], 100)))
    assert not more
    assert one.runs == (Run(5, 0, 2, 20), Run(5, 3, 1, 23))


@given(st.data())
def test_a_torn_or_changed_chunk_is_none(data: st.DataObject) -> None:
    whole = encode(next(chunks_of([(n, said(n, (5, 30))) for n in range(10)])))
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert decode(whole[:cut]) is None
    assert decode(whole + b"\0") is None
    at = data.draw(st.integers(0, len(whole) - 1))
    bit = data.draw(st.integers(0, 7))
    assert decode(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]) is None


def test_what_is_no_beginning_of_a_chunk_is_told() -> None:
    assert body_length(b"") is None
    assert body_length(b"OggS" + bytes(8)) is None
    assert body_length(b"APc1\xff\xff\xff\xff" + bytes(4)) is None
    assert body_length(b"APc1\0\0\0\7" + bytes(4)) == 7
