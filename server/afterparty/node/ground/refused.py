"""Raised wherever a door says no: a stable code and a sentence for people."""

from afterparty.store.errors import StoreError
from afterparty.wire.problems import PROBLEMS


class Refused(Exception):  # noqa: N818 - a refusal is not an error of ours
    """A request or message was not carried out. ``code`` is one of ``wire.problems.PROBLEMS``.

    ``retry_after``: whole seconds after which to try again, where that is known.
    """

    def __init__(self, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retry_after = retry_after


def code_of(error: Refused | StoreError) -> str:
    """The refusal's code as clients know it, whatever keeps the store from its work."""
    return error.code if error.code in PROBLEMS else "store_unavailable"


def sentence_of(error: Refused | StoreError) -> str:
    """The refusal's sentence; what is wrong with the store is for the log, not for clients."""
    return error.message if isinstance(error, Refused) else f"{PROBLEMS[code_of(error)][1]}."
