"""A record as it falls, and the record book's page, in real Chromium."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import expect
from tests.e2e.conftest import Evening, Server
from tests.e2e.pages import Pages, pages
from tests.e2e.test_browser_before import SIDEWAYS, UNNAMED

from afterparty.client.api import Api
from afterparty.wire.bodies import CreateRoom, CreateShow
from afterparty.wire.crowd import CrowdStep
from afterparty.wire.seasons import CreateSeason, TellRecord

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

TALLEST = """Math.max(...[...document.querySelectorAll('.line-table tr')]
  .map(row => row.getBoundingClientRect().height))"""

NOTICED = 30_000
"""Milliseconds until a page has asked for the book once more, and some."""


@pytest.fixture
async def people() -> AsyncIterator[Pages]:
    """A browser whose pages are different people."""
    async with pages() as found:
        yield found


def _at(month: int, day: int) -> float:
    return datetime(2021, month, day, 12, tzinfo=UTC).timestamp()


async def _evening(host: Api, season: str, name: str, at: float, tags: list[str]) -> str:
    """A live Space of a show that enacts that time; its name."""
    await host.create_show(
        CreateShow(
            show=name,
            title=name,
            simulated=True,
            season=season,
            stands_for=at,
            tags={"host": tags},
        )
    )
    body = {"room": f"{name}-room", "kind": "space", "title": f"The {name} Space"}
    await host.create_room(name, CreateRoom.model_validate(body))
    await host.command(f"{name}-room", "open")
    return f"{name}-room"


def _crowd(room: str, count: int) -> CrowdStep:
    return CrowdStep(enter={room: [f"fan-{number}" for number in range(count)]})


async def test_a_record_falls_and_stands_in_the_book(
    server: Server, evening: Evening, people: Pages
) -> None:
    host, season = evening.host, "season-seen"
    await host.create_season(
        CreateSeason.model_validate(
            {
                "season": season,
                "title": "A season to be seen (simulation)",
                "since": _at(1, 1),
                "until": _at(6, 30),
                "eras": [{"era": "late", "title": "since spring", "since": _at(3, 1)}],
                "firsts": [
                    {
                        "first": "artist-host",
                        "title": "First artist to host",
                        "tags": ["artist"],
                        "role": "host",
                        "kind": "space",
                    }
                ],
            }
        )
    )
    early = await _evening(host, season, "early", _at(4, 1), ["moderator"])
    await host.crowd("early", _crowd(early, 30))
    await host.command(early, "end")

    late = await _evening(host, season, "late", _at(5, 1), ["artist"])
    page = await people.enter(server.url, late, None)
    first = page.get_by_test_id("honour-first-artist-host")
    await expect(first).to_contain_text("First artist to host")
    record = page.get_by_test_id("honour-record-late")
    await expect(record).to_have_count(0)
    await host.crowd("late", _crowd(late, 40))
    await expect(record).to_contain_text("New record: since spring")
    await expect(record).to_contain_text("31 at one time, more than the 30 of “The early Space”")
    await expect(record).to_contain_text("Simulated")
    await expect(record).to_have_attribute("data-fresh", "")
    again = await people.enter(server.url, late, None, phone=True)
    shown = again.get_by_test_id("honour-record-late")
    await expect(shown).to_be_visible()
    assert await shown.get_attribute("data-fresh") is None, "it is no news to who comes later"
    await host.command(late, "end")
    await expect(again.get_by_test_id("over-honours").locator("li")).to_have_count(3)

    # As long as a title may be, without a word's end: it may push nothing else away.
    await host.tell_record(season, TellRecord(title="말W" * 35, listeners=3, at=_at(2, 1)))
    book = await people.open(f"{server.url}/records", phone=True)
    top = book.get_by_test_id("top").locator("li")
    await expect(book.get_by_test_id("book-title")).to_have_text("A season to be seen (simulation)")
    await expect(top).to_have_count(3, timeout=NOTICED)
    await expect(top.first).to_contain_text("42", timeout=NOTICED)
    await expect(top.first).to_contain_text("40 of them simulated")
    await expect(top.nth(1)).to_contain_text("The early Space")
    await expect(book.get_by_test_id("firsts")).to_contain_text("host · The late Space")
    await expect(book.get_by_test_id("eras")).to_contain_text("42 listeners · 40 simulated")
    await expect(book.get_by_test_id("line").locator("tr")).to_have_count(3)
    await expect(book.get_by_test_id("line").locator("tr").last).to_contain_text("40 simulated")
    await expect(book.locator("svg.record-line circle")).to_have_count(3)
    assert await book.evaluate(TALLEST) < 200
    assert await book.evaluate(UNNAMED) == []
    assert await book.evaluate(SIDEWAYS) == 0

    april = str((datetime(2021, 4, 15, tzinfo=UTC) - datetime(2021, 1, 1, tzinfo=UTC)).days)
    date = book.get_by_test_id("book-date")
    await date.press("ArrowLeft")
    await expect(date).to_have_attribute("aria-valuetext", "Jun 29, 2021")
    await date.fill(april)
    await expect(top).to_have_count(2)
    await expect(book.get_by_test_id("book-day")).to_have_text("Apr 16, 2021")
    await expect(book.get_by_test_id("firsts")).to_contain_text("Nobody yet")
    await top.first.locator("a").click()
    await expect(book.get_by_test_id("over")).to_be_visible()


async def test_a_server_without_that_season_says_so(server: Server, people: Pages) -> None:
    page = await people.open(server.url)
    for address, told in (("nobodys", "There is no season"), ("%zz", "a name is 1 to 64")):
        await page.goto(f"{server.url}/records/{address}")
        await expect(page.get_by_test_id("no-season")).to_contain_text(told)
    await page.get_by_role("link", name="The newest season").click()
    await expect(page).to_have_url(f"{server.url}/records")
