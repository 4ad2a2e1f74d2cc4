"""An evening with an audience of another size: every part of it, and every bound on its counts.

Pure. The order of sizes among evenings stays, so records fall as they did; what an expectation says
of a count is scaled too, with room for rounding.
"""

import math

from afterparty.replay.words.expectation import Counted, Expectation
from afterparty.replay.words.scenario import Scenario

LEAST, MOST = 0.001, 1.0


def scaled(scenario: Scenario, scale: float) -> Scenario:
    """The evening with ``scale`` of its audience; nobody's part becomes empty.

    Raises:
        ValueError: ``scale`` is not within 0.001 and 1.
    """
    if not LEAST <= scale <= MOST:
        raise ValueError(f"a scale is from {LEAST:g} to {MOST:g}")
    if scale == 1:
        return scenario
    parts = tuple(
        part.model_copy(update={"size": max(1, round(part.size * scale))})
        for part in scenario.audience
    )
    slack = len(parts) + len(scenario.cast)
    return scenario.model_copy(
        update={
            "audience": parts,
            "expect": tuple(_scaled(one, scale, slack) for one in scenario.expect),
        }
    )


def _scaled(expected: Expectation, scale: float, slack: int) -> Expectation:
    """A bound on a count, wider by ``slack``: a listener of each part, and the cast, who are not
    scaled."""
    if not isinstance(expected, Counted):
        return expected
    least = [bound for bound in (expected.at_least, expected.exactly) if bound is not None]
    most = [bound for bound in (expected.at_most, expected.exactly) if bound is not None]
    return expected.model_copy(
        update={
            "at_least": max(0, math.floor(max(least) * scale) - slack) if least else None,
            "at_most": math.ceil(min(most) * scale) + slack if most else None,
            "exactly": None,
            "says": f"{expected.says} (scaled)".lstrip() if expected.says else "",
        }
    )
