"""afterparty.replay.words.marks: plain data with lines, and nothing more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.replay.words.marks import DEEPEST, MarkError, read


def test_scalars_are_what_their_author_meant() -> None:
    data = read(
        "clock: 12:30\ndate: 2021-05-06\ncountry: no\nyes: true\nnone: null\nempty:\n"
        "whole: -12\nquoted: '12'\nbroken: 0.5\nhandle: 1e5\n"
    ).data
    assert data == {
        "clock": "12:30",
        "date": "2021-05-06",
        "country": "no",
        "yes": True,
        "none": None,
        "empty": None,
        "whole": -12,
        "quoted": "12",
        "broken": 0.5,
        "handle": "1e5",
    }


def test_every_path_has_its_line() -> None:
    marked = read("a:\n  - x: 1\n    y: 2\n  - z\nb: {c: 3}\n")
    assert marked.line(("a",)) == 1
    assert marked.line(("a", 0, "y")) == 3
    assert marked.line(("a", 1)) == 4
    assert marked.line(("b", "c")) == 5
    assert marked.line(("a", 0, "not there", "y")) == 3
    assert marked.line(("nowhere",)) == 1


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
        ("a: &x [1]\nb: *x\n", 1, "anchors"),
        ("a: 1\nb: !!python/name:os.system x\n", 2, "tags"),
        ("a: !!binary aGk=\n", 1, "tags"),
        ("a: !mine {b: 1}\n", 1, "tags"),
        ("a: 1\nb: !!int 2\n", 2, "tags"),
        ("a: 1\nb: &once 2\n", 2, "anchors"),
        ("a: *never\n", 1, "anchors"),
        ("a: 1\n---\nb: 2\n", 2, "one document"),
        ("a: [1\nb: 2\n", 1, "not closed before line 2"),
        ("? [a, b]\n: 1\n", 1, "plain text"),
        ("a: \x00", 1, "U+0000"),
        ('a: 1\nb: "\\e[2J"\n', 2, "U+001B"),
        ('"a\\u009b2J": 1\n', 1, "U+009B"),
        ('a: "\\ud800"\n', 1, "U+D800"),
        ("- " * 50_000, 1, "nested"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(MarkError) as caught:
        read(text)
    assert caught.value.line == line
    assert says in caught.value.says


def test_brackets_are_read_to_a_depth_and_no_further() -> None:
    deepest = "a:\n  " + "[" * DEEPEST + "]" * DEEPEST
    read(deepest)
    for text in (deepest.replace("[]", "[[]]"), "a:\n  " + "[" * 100_000):
        with pytest.raises(MarkError, match="line 2: nested too deeply"):
            read(text)


def test_a_bomb_of_aliases_is_refused_before_it_goes_off() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 60))
    with pytest.raises(MarkError, match="anchors and aliases"):
        read(f"l0: &l0 [x]\n{levels}\n")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert line_of_the_trouble(text) <= len(text) + 1


def line_of_the_trouble(text: str) -> int:
    try:
        return read(text).line(())
    except MarkError as error:
        return error.line
