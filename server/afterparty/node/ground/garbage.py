"""Python's garbage collector, kept from stopping the media clock.

A full collection looks at everything there is: with a great audience that is a tenth of a second
without sound. What a member is made of is freed as they go, without the collector; so whatever has
lasted is taken out of its sight, at the start and as the audience grows.
"""

import gc

THRESHOLDS = (10_000, 20, 100)
"""Of the collector's generations."""

GROWTH = 500
"""Sessions made between two looks at what is young; each takes some milliseconds."""


def begin() -> None:
    """Collect once, and let what is there be; call it when everything is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


class Growth:
    """Counts what is made and lasts."""

    def __init__(self) -> None:
        self._made = 0

    def one_more(self) -> None:
        """A session was made. Every so often, what is young and no garbage is set aside."""
        self._made += 1
        if self._made % GROWTH == 0:
            gc.collect(1)
            gc.freeze()
