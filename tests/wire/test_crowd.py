"""Bodies about simulated members, and what a step may not be."""

import pytest
from pydantic import ValidationError

from afterparty.wire.bodies import UNLISTED
from afterparty.wire.crowd import SIMULATED, STEP_LIMIT, CrowdReply, CrowdStep
from afterparty.wire.views import CountsView


def test_a_step_and_its_reply_come_back_as_they_went() -> None:
    step = CrowdStep(enter={"r": ["a", "b-1"]}, leave=["c"], follow=["d"], stay=["e"])
    assert CrowdStep.model_validate_json(step.model_dump_json()) == step
    counts = CountsView(participants=3, listeners=2, peak=2, tuned_in=3, simulated=1)
    reply = CrowdReply(at=1.5, changed=1, node="n", rooms={"r": counts})
    assert CrowdReply.model_validate_json(reply.model_dump_json()) == reply


def test_no_account_is_named_like_them() -> None:
    assert SIMULATED in UNLISTED


@pytest.mark.parametrize(
    "step",
    [
        {"enter": {"r": ["a", "a"]}},
        {"enter": {"r": ["a"], "q": ["a"]}},
        {"enter": {"r": ["a"]}, "stay": ["a"]},
        {"enter": {"no such name/": ["a"]}},
        {"leave": [f"a{n}" for n in range(STEP_LIMIT + 1)]},
        {"leave": [f"a{n}" for n in range(STEP_LIMIT)], "follow": ["b"]},
        *({"leave": [name]} for name in ("", "A", "sim_a", "a b", "a\n", "x" * 61, 7, None)),
        {"dance": ["a"]},
    ],
)
def test_what_is_no_step(step: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CrowdStep.model_validate(step)


def test_as_many_as_may_be() -> None:
    step = CrowdStep(enter={"r": [f"{n:060}" for n in range(STEP_LIMIT)]})
    assert len(step.enter["r"]) == STEP_LIMIT
