"""Series on a real server: with their followers counted."""

from afterparty.store.accounts import Accounts
from afterparty.store.series import SeriesBook
from afterparty.store.servers import Client


async def test_followers_are_counted(redis: Client) -> None:
    book, accounts = SeriesBook(redis), Accounts(redis)
    for member in ("ann", "bob", "ann"):
        await accounts.follow_series(member, "talks", 5)
    assert await book.followers("talks") == 2
    assert await book.followers("another") == 0
