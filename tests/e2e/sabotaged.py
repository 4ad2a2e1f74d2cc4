"""The ``afterparty`` command with a fault behind each door, which tells all that came through it.

A message of the type ``say``, a record's title and an offer by WHEP can each provoke one: by the
word ``sabotage``. Nothing of the house raises such errors; a library might.
"""

from typing import Any

from afterparty.cli import main
from afterparty.node.books.records import Records
from afterparty.node.doors import guests, socket


def _tell_all(doing: Any) -> Any:
    def failing(*told: Any, **more: Any) -> Any:
        if "sabotage" in f"{told} {more}":
            raise RuntimeError(f"{told} {more} {[getattr(one, '__dict__', one) for one in told]}")
        return doing(*told, **more)

    return failing


socket.command_for = _tell_all(socket.command_for)
guests.begin = _tell_all(guests.begin)
Records.enter = _tell_all(Records.enter)  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
