"""Which address is tried when."""

import contextlib

from afterparty.client.doors import ALONE_SECONDS, TRY_SECONDS, Doors

HOME, TWO, THREE = "http://one", "http://two", "http://three"


def test_the_same_node_first_then_the_others() -> None:
    doors = Doors(HOME)
    assert doors.round(gone=False) == [HOME]
    doors.learn([HOME, TWO + "/", THREE])
    first, *others = doors.round(gone=False)
    assert first == HOME
    assert sorted(others) == [THREE, TWO]
    assert doors.round(gone=True)[-1] == HOME


def test_whoever_lost_the_same_node_goes_different_ways() -> None:
    seconds = set()
    for _ in range(100):
        doors = Doors(HOME)
        doors.learn([HOME, TWO, THREE])
        seconds.add(doors.round(gone=False)[1])
    assert seconds == {TWO, THREE}


def test_the_first_address_is_kept_even_when_no_node_has_it() -> None:
    """It may be a front door."""
    doors = Doors(HOME)
    doors.learn([TWO])
    doors.at = TWO
    assert doors.round(gone=False) == [TWO, HOME]
    doors.learn([])
    assert doors.round(gone=False) == [TWO, HOME]


def test_nothing_leads_from_an_encrypted_address_to_a_plain_one() -> None:
    doors = Doors("https://one")
    doors.learn([TWO, "https://two", "file:///etc/passwd", "https://two/"])
    assert doors.round(gone=False) == ["https://one", "https://two"]


async def test_tries_go_round_and_one_of_several_has_less_time() -> None:
    doors = Doors(HOME)
    tries = doors.tries(gone=True)
    async with contextlib.aclosing(tries):
        assert await anext(tries) == (HOME, ALONE_SECONDS)
        doors.learn([TWO])
        assert [await anext(tries), await anext(tries)] == [(TWO, TRY_SECONDS), (HOME, TRY_SECONDS)]
