import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from afterparty.node.ground.garbage import GROWTH, THRESHOLDS, Growth, begin


class Thing:
    """Something that the collector looks at."""

    other: "Thing"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_what_is_there_at_the_start_is_not_looked_at_again() -> None:
    thing = Thing()
    begin()
    assert gc.get_threshold() == THRESHOLDS
    assert not any(seen is thing for seen in gc.get_objects())


def test_what_lasts_is_set_aside_as_more_come_and_garbage_is_not() -> None:
    growth, thing = Growth(), Thing()
    one, two = Thing(), Thing()
    one.other, two.other = two, one
    gone = ref(one)
    del one, two
    for _ in range(GROWTH - 1):
        growth.one_more()
    assert any(seen is thing for seen in gc.get_objects())
    growth.one_more()
    assert not any(seen is thing for seen in gc.get_objects())
    assert gone() is None
