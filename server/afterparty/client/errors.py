"""What can go wrong between a client and a server, as one small tree.

Every error has a stable ``code`` for programs (those of docs/protocol.md, and a few of the
client's own) and a ``message`` for people.
"""


class ClientError(Exception):
    """Base of all that follows. The client's own codes:

    ``unreachable`` (no answer from the server), ``timeout`` (it did not answer in time),
    ``connection_lost`` (the socket broke before the reply came: carried out or not, nobody
    knows), ``too_many_pending``, ``over`` (the session is over), ``not_understood`` (the server
    does not speak this protocol).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} [{code}]")
        self.code = code
        self.message = message


class Refused(ClientError):  # noqa: N818 - the protocol's word for it
    """The server answered, and the answer is no."""


class ApiError(Refused):
    """A REST request was refused; ``status`` is the HTTP status, 0 if there was no answer."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(code, message)
        self.status = status


class Lost(ClientError):  # noqa: N818 - one word, as in the ledger
    """The connection broke, or was closed."""
