"""What clients are told of an error of the store, by whichever door."""

import pytest

from afterparty.node.ground.refused import Refused, code_of, sentence_of
from afterparty.store.errors import AlreadyExists, Conflict, Present, StoreError, StoreUnavailable
from afterparty.wire.problems import PROBLEMS


@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailable("away"),
        StoreError("store_full", "Redis has reached its memory limit."),
        StoreError("bad_id", "An id is 1 to 128 letters."),
        Conflict(7),
        Present("m"),
        AlreadyExists("There is one."),
    ],
)
def test_what_clients_do_not_know_is_the_store_being_away(error: StoreError) -> None:
    assert code_of(error) == "store_unavailable"
    assert sentence_of(error) == "The store is away; try again shortly."


@pytest.mark.parametrize("code", PROBLEMS)
def test_what_clients_know_they_are_told(code: str) -> None:
    assert code_of(Refused(code, "No.")) == code
    assert code_of(StoreError(code, "No.")) == code
    assert sentence_of(Refused(code, "No.")) == "No."
