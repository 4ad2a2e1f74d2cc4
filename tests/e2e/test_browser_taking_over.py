"""A host's ways out of a room, by clicks in real Chromium: handed on, ended, left waiting."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from tests.e2e.conftest import Evening, Server, open_evening, running
from tests.e2e.pages import Pages, folded, pages, press, told

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

GRACE_SECONDS = "20"
"""Long enough for somebody to take over on a slow machine."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits a short while for a host."""
    data = tmp_path_factory.mktemp("node") / "data"
    with running(data, HOST_GRACE_SECONDS=GRACE_SECONDS) as found:
        yield found


async def _with_cohost(crowd: Pages, evening: Evening) -> tuple[Page, Page]:
    host = await crowd.enter(evening.url, evening.pre, "host")
    cora = await crowd.enter(evening.url, evening.pre, "cora", phone=True)
    await evening.host.command(evening.pre, "invite", member="cora", role="cohost")
    await cora.get_by_test_id("accept-invitation").click()
    await expect(host.get_by_test_id("seat-cora")).to_have_attribute("data-role", "cohost")
    return host, cora


async def test_a_host_leaves_the_room_to_a_cohost(evening: Evening) -> None:
    async with pages() as crowd:
        host, cora = await _with_cohost(crowd, evening)
        fan = await crowd.enter(evening.url, evening.pre, None)
        await press(host, "end", "hand-to-cora")
        await expect(host.get_by_test_id("lobby")).to_be_visible()
        await told(cora, "You host this room now")
        await expect(cora.get_by_test_id("end")).to_be_visible()
        await expect(fan.get_by_test_id("seat-cora")).to_have_attribute("data-role", "host")
        await expect(fan.get_by_test_id("seat-host")).to_have_count(0)
        room = (await evening.host.room(evening.pre)).room
        assert await folded(fan) == room.model_dump(mode="json")


async def test_a_host_ends_it_for_everyone(evening: Evening) -> None:
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host", phone=True)
        fan = await crowd.enter(evening.url, evening.pre, "minji")
        await press(host, "end", "end-confirm")
        for page in (host, fan):
            await expect(page.get_by_test_id("over")).to_contain_text("This Space has ended")


async def test_what_a_dialog_asks_it_asks_of_no_other_room(evening: Evening) -> None:
    """A host who is carried along while asked how to leave ends nothing by answering."""
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        await press(host, "end")
        await expect(host.get_by_test_id("end-confirm")).to_be_visible()
        await evening.host.command(evening.post, "open")
        await evening.host.command(evening.pre, "offer_handoff", to_room=evening.post, seconds=0)
        await told(host, "You are in")
        await expect(host.get_by_test_id("end-confirm")).to_be_hidden()
        assert (await evening.host.room(evening.post)).room.state == "live"


async def test_a_host_goes_away_and_a_cohost_takes_over(evening: Evening) -> None:
    """Going to the lobby ends nothing: the room waits, and says so to everybody."""
    async with pages() as crowd:
        host, cora = await _with_cohost(crowd, evening)
        fan = await crowd.enter(evening.url, evening.pre, None)
        await press(host, "end", "go-away")
        await expect(host.get_by_test_id("lobby")).to_be_visible()
        for page in (cora, fan):
            await expect(page.get_by_test_id("host-away")).to_be_visible()
            left = page.get_by_test_id("away-countdown")
            await expect(left).to_have_text(re.compile(r"^0:\d\d$"))
        await expect(fan.get_by_test_id("take-over")).to_be_hidden()
        await cora.get_by_test_id("take-over").click()
        await expect(fan.get_by_test_id("host-away")).to_be_hidden()
        await expect(fan.get_by_test_id("seat-cora")).to_have_attribute("data-role", "host")
        await told(fan, "another host")
        await expect(cora.get_by_test_id("end")).to_be_visible()


async def test_a_host_who_closed_the_page_comes_back(evening: Evening) -> None:
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        fan = await crowd.enter(evening.url, evening.pre, "minji")
        await host.close()
        await expect(fan.get_by_test_id("host-away")).to_be_visible()
        back = await crowd.enter(evening.url, evening.pre, "host")
        await expect(fan.get_by_test_id("host-away")).to_be_hidden()
        await told(fan, "The host is back")
        await expect(back.get_by_test_id("end")).to_be_visible()


async def test_a_room_whose_host_stays_away_times_out(tmp_path: Path) -> None:
    with running(tmp_path / "data", HOST_GRACE_SECONDS="1") as server:
        async with open_evening(server.url, "late") as evening, pages() as crowd:
            host = await crowd.enter(evening.url, evening.pre, "host")
            fan = await crowd.enter(evening.url, evening.pre, "minji", phone=True)
            await host.close()
            over = fan.get_by_test_id("over")
            await expect(over).to_contain_text("gone too long", timeout=60_000)
            state = over.get_by_test_id("room-state")
            await expect(state).to_have_attribute("data-state", "timed_out")
