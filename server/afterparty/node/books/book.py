"""A record book as this node knows it: what has changed is read, the rest is remembered."""

from afterparty.core.records import Book, Entry, First, book_of, fits
from afterparty.core.season import FirstRule
from afterparty.node.ground.pieces import gently
from afterparty.store.records import RecordBook
from afterparty.wire.records import decode_record, encode_record


class KnownBook:
    """One book of the store. What reads or enters raises ``StoreError`` if the store is away."""

    def __init__(self, store: RecordBook) -> None:
        self._store = store
        self._version, self._entries = -1, dict[str, Entry]()
        self._book = Book()
        self._fits: dict[FirstRule, tuple[First, ...]] = {}

    async def read(self) -> Book:
        """The book as it stands in the store; the same value as long as it does not change."""
        known = self._version
        found = await self._store.read(known)
        decoded = [decode_record(body) async for body in gently(found.bodies)]
        forgot = found.version < known == self._version  # the store has less than it had
        if found.version > self._version or forgot:  # else another reader was faster
            kept = {} if found.whole else self._entries
            self._entries = kept | {entry.entry: entry for entry in decoded}
            self._version = found.version
            self._book = book_of(tuple(self._entries.values()))
            self._fits = {}
        return self._book

    def fits(self, rule: FirstRule) -> tuple[First, ...]:
        """``fits`` of the book as it was read last, looked for once: stages may be very many."""
        found = self._fits.get(rule)
        if found is None:
            found = self._fits[rule] = fits(self._book, rule)
        return found

    async def enter(self, entry: Entry, *, grows: bool = False) -> Entry | None:
        """Enter something, once; what ``grows`` also in the place of what was no higher.

        Returns what stands there now; ``None`` if the book is full of higher counts, or gone.
        """
        body = await self._store.add(
            entry.entry,
            entry.listeners,
            encode_record(entry),
            simulated=entry.simulated,
            grows=grows,
        )
        return None if body is None else decode_record(body)
