import inspect
import re

import pytest

from afterparty.store import keys
from afterparty.store.errors import StoreError

BAD = ["", "a b", "a/b", "a|b", "a{b", "a\n", "é", "x" * 129]


@pytest.mark.parametrize("bad", BAD)
def test_bad_ids_are_refused(bad: str) -> None:
    with pytest.raises(StoreError) as refusal:
        keys.ident(bad)
    assert refusal.value.code == "bad_id"


@pytest.mark.parametrize("good", ["a", "x" * 128, "Az09_.:-"])
def test_good_ids_pass(good: str) -> None:
    assert keys.ident(good) == good


KEYS_OF_A_SHOW = [keys.rooms, keys.log, keys.present, keys.nodes, keys.handoff, keys.outcome]


@pytest.mark.parametrize("key", [*KEYS_OF_A_SHOW, keys.pending])
def test_keys_of_a_show_share_its_hash_tag(key) -> None:
    names = ["show", "other"][: len(inspect.signature(key).parameters)]
    assert re.fullmatch(r"ap:\{show\}:[a-z]+(:other)?", key(*names))
    assert key(*names).startswith(keys.root("show"))
    for at in range(len(names)):
        with pytest.raises(StoreError):
            key(*names[:at], "{evil}", *names[at + 1 :])
