"""afterparty.replay.author.writing: what is written is what is read."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from afterparty.replay.author.writing import written
from afterparty.replay.words.marks import NO_TEXT, read

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
scalars = (
    texts.filter(lambda text: not NO_TEXT.search(text))
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.sampled_from([0.5, 12.25])
)
keys = st.sampled_from(["at", "who", "do", "text", "share"])
entries = st.recursive(
    scalars,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=3),
    max_leaves=8,
)
files = st.dictionaries(st.sampled_from(["title", "cast", "beats", "seed"]), entries, min_size=1)


@settings(deadline=None)
@given(files, st.lists(texts, max_size=3))
def test_what_is_written_is_read_again(data: dict[str, Any], head: list[str]) -> None:
    assert read(written(data, head)).data == data


def test_what_no_file_may_have_is_marked_where_it_was() -> None:
    assert read(written({"title": "a\x1b[2Jb"}, [])).data == {"title": "a\ufffd[2Jb"}


def test_a_file_reads_as_its_authors_write() -> None:
    data = {"scenario": "small", "seed": 1, "beats": [{"at": "0:00", "do": "say", "text": "Hi!"}]}
    assert written(data, ["A head", ""]) == (
        "# A head\n#\n\nscenario: small\nseed: 1\n\nbeats:\n"
        '  - {at: "0:00", do: say, text: "Hi!"}\n'
    )
