"""A real Chromium at the other end: it connects, hears, sees who speaks, and is heard."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright
from tests.media.house import House
from tests.media.peer import Tone

from afterparty.media import fanout, lanes
from afterparty.media.events import SessionConnected, SessionGone, Speaking
from afterparty.media.lanes import Lane

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")  # else Playwright's own
PAGE = (Path(__file__).parent / "page.html").as_uri()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = await browser.new_page()
            await page.goto(PAGE)
            yield page
        finally:
            await browser.close()


async def sound(page: Page) -> dict[str, Any]:
    """Inbound counters of the page's connection."""
    numbers: dict[str, Any] = await page.evaluate("heard()")
    return numbers


def at(numbers: dict[str, Any]) -> int:
    """Samples played so far."""
    played: int = numbers["totalSamplesReceived"]
    return played


async def test_chromium_hears_speaks_and_follows(house: House, page: Page) -> None:
    house.plane.open_room("b")
    offer = await page.evaluate("offer()")
    await page.evaluate("answer", house.plane.answer("chromium", "a", offer))
    await house.event(lambda e: e == SessionConnected("chromium"))

    # A silent room: comfort packets, and nothing that the browser must conceal.
    await page.evaluate("reached('totalSamplesReceived', 96000)")
    silent = await sound(page)
    assert silent["concealedSamples"] == 0
    assert silent["totalAudioEnergy"] == 0

    # Sound, and who makes it.
    speaker = await house.join("speaker", csrc=77)
    speaker.talk(Tone(440))
    await page.evaluate("sees(77)")
    await page.evaluate("reached('packetsReceived', 100)")
    loud = await sound(page)
    assert loud["totalAudioEnergy"] > silent["totalAudioEnergy"]
    assert loud["packetsLost"] == 0

    # Another room, without renegotiation.
    other = await house.join("other", room_id="b", csrc=88)
    other.talk(Tone(880))
    house.plane.follow(["chromium"], "b")
    await page.evaluate("sees(88)")
    assert (await sound(page))["packetsLost"] == 0

    # The browser speaks by replaceTrack alone.
    await page.evaluate("speak()")
    house.plane.allow_voice("chromium", 99)
    heard = await other.hear_from(99, 5)
    assert all(p.ssrc == heard[0].ssrc for p in heard)

    await page.evaluate("connection.close()")
    assert await house.event(lambda e: e == SessionGone("chromium", "closed_by_peer"))


@pytest.mark.parametrize("lane", [1, 3, 6])
async def test_chromium_hears_every_lane_without_concealing(page: Page, lane: Lane) -> None:
    async with House(lane=lane) as house:
        speaker = await house.join("speaker", csrc=77)
        speaker.talk(Tone(440))
        await house.event(lambda e: isinstance(e, Speaking) and 77 in e.levels)
        await page.evaluate("answer", house.plane.answer("c", "a", await page.evaluate("offer()")))
        await page.evaluate("sees(77)")
        await page.evaluate("reached('totalSamplesReceived', 48000)")
        before = await sound(page)
        await page.evaluate(f"reached('totalSamplesReceived', {at(before) + 96_000})")
        after = await sound(page)
        packets = after["packetsReceived"] - before["packetsReceived"]
        samples = after["totalSamplesReceived"] - before["totalSamplesReceived"]
        assert after["packetsLost"] == 0
        assert samples / packets / 960 == pytest.approx(lane, rel=0.35)
        assert after["totalAudioEnergy"] > before["totalAudioEnergy"]
        assert after["concealedSamples"] == before["concealedSamples"]


async def test_chromium_hears_no_click_when_its_lane_changes(
    house: House, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "NARROW_TICKS", 50)
    speaker = await house.join("speaker", csrc=77)
    speaker.talk(Tone(440))
    await page.evaluate("answer", house.plane.answer("c", "a", await page.evaluate("offer()")))
    await page.evaluate("sees(77)")
    await page.evaluate("reached('totalSamplesReceived', 96000)")
    before = await sound(page)
    for thresholds, lane in (((0, 1, 1), 6), ((0, 9, 9), 1)):
        monkeypatch.setattr(lanes, "FROM", thresholds)
        while house.plane.stats().lanes[lane] < 2 - (lane > 1):
            await page.evaluate("soon()")
        now = await sound(page)
        await page.evaluate(f"reached('totalSamplesReceived', {at(now) + 48_000})")
    after = await sound(page)
    assert after["packetsLost"] == 0
    concealed = after["concealedSamples"] - before["concealedSamples"]
    assert concealed <= 960, f"{concealed} samples concealed in two changes of lane"
