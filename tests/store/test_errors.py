import pytest
from redis import exceptions as redis_errors

from afterparty.store.errors import StoreError, StoreUnavailable, translated


@pytest.mark.parametrize(
    ("raised", "kind", "code"),
    [
        (redis_errors.ConnectionError("gone"), StoreUnavailable, "store_unavailable"),
        (redis_errors.BusyLoadingError("loading"), StoreUnavailable, "store_unavailable"),
        (redis_errors.TimeoutError("slow"), StoreUnavailable, "store_unavailable"),
        (FileNotFoundError("socket"), StoreUnavailable, "store_unavailable"),
        (redis_errors.OutOfMemoryError("full"), StoreError, "store_full"),
        (redis_errors.ResponseError("WRONGTYPE"), StoreError, "store_refused"),
    ],
)
def test_redis_errors_become_ours(raised: Exception, kind: type[StoreError], code: str) -> None:
    with pytest.raises(kind) as caught, translated():
        raise raised
    assert caught.value.code == code
    assert caught.value.__suppress_context__


def test_other_errors_pass() -> None:
    with pytest.raises(ZeroDivisionError), translated():
        raise ZeroDivisionError
