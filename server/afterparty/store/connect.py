"""Opens the store: one Redis client and everything that stands on it.

``async with open_store(url, data_dir) as store:`` is all that a node needs.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from afterparty.store import durability
from afterparty.store.accounts import Accounts
from afterparty.store.bus import Bus
from afterparty.store.catalog import Catalog
from afterparty.store.crowd import CrowdStore
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.guestlist import GuestList
from afterparty.store.leads import Leads
from afterparty.store.log import RoomLog
from afterparty.store.nodes import Nodes
from afterparty.store.notices import Notices
from afterparty.store.presence import Presence
from afterparty.store.questions import Questions
from afterparty.store.recordings import Recordings
from afterparty.store.records import RecordBook
from afterparty.store.reports import ReportStore
from afterparty.store.seasons import SeasonStore
from afterparty.store.series import SeriesBook
from afterparty.store.servers import Client, client, close
from afterparty.store.webhooks import WebhookStore


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of an open store; they share one client and close with it.

    Only this node's lease is renewed over a client of its own: it must not wait behind the rest.
    """

    redis: Client
    log: RoomLog
    catalog: Catalog
    presence: Presence
    crowd: CrowdStore
    leads: Leads
    guestlist: GuestList
    questions: Questions
    records: RecordBook
    seasons: SeasonStore
    accounts: Accounts
    notices: Notices
    series: SeriesBook
    recordings: Recordings
    reports: ReportStore
    webhooks: WebhookStore
    nodes: Nodes
    bus: Bus
    embedded: EmbeddedStore | None
    """The server of our own, if no other was named."""


@asynccontextmanager
async def open_store(url: str | None, data_dir: Path) -> AsyncIterator[Store]:
    """Connect to the Redis at ``url``, or start one of our own in ``data_dir / "redis"``.

    Raises:
        StoreError: ``bad_url``, or as :meth:`EmbeddedStore.start`.
        StoreUnavailable: no answer from ``url``.
    """
    async with AsyncExitStack() as stack:
        embedded = None
        if url is None:
            embedded = EmbeddedStore(data_dir / "redis")
            stack.push_async_callback(embedded.stop)
            url = await embedded.start()
        redis, own = client(url), client(url)
        stack.push_async_callback(close, own)
        stack.push_async_callback(close, redis)
        await durability.tell(redis, ours=embedded is not None)
        catalog = Catalog(redis)
        await catalog.heal()
        bus = await stack.enter_async_context(Bus(redis))
        yield Store(
            redis,
            RoomLog(redis),
            catalog,
            Presence(redis, own),
            CrowdStore(redis),
            Leads(redis),
            GuestList(redis),
            Questions(redis),
            RecordBook(redis),
            SeasonStore(redis),
            Accounts(redis),
            Notices(redis),
            SeriesBook(redis),
            Recordings(redis),
            ReportStore(redis),
            WebhookStore(redis),
            Nodes(redis),
            bus,
            embedded,
        )
