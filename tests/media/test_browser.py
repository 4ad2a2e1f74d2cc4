"""A real Chromium at the other end: it connects, hears, sees who speaks, and is heard."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright
from tests.browser import CHROMIUM
from tests.media.house import House
from tests.media.peer import Tone

from afterparty.media.events import SessionConnected, SessionGone, Speaking
from afterparty.media.outward import fanout, lanes
from afterparty.media.outward.lanes import Lane

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


TRIES = 4
"""How often something is listened to: a machine that pauses makes Chromium conceal as well, so the
least of several says what our packets made it conceal. What they do, they do every time."""


async def least_concealed(page: Page, listen: Callable[[], Awaitable[object]], allowed: int) -> int:
    """Samples that the page concealed while `listen` ran, at the best of several times; no more
    of them are needed once it is no more than `allowed`."""
    least: int | None = None
    for _ in range(TRIES):
        before = await sound(page)
        await listen()
        after = await sound(page)
        concealed = after["concealedSamples"] - before["concealedSamples"]
        least = concealed if least is None else min(least, concealed)
        if least <= allowed:
            break
    assert least is not None
    return least


async def test_chromium_hears_speaks_and_follows(house: House, page: Page) -> None:
    house.plane.open_room("b")
    offer = await page.evaluate("offer()")
    await page.evaluate("answer", house.plane.answer("chromium", "a", offer))
    await house.event(lambda e: e == SessionConnected("chromium"))

    # A silent room: comfort packets, and nothing that the browser must conceal.
    async def two_seconds() -> None:
        await page.evaluate(f"reached('totalSamplesReceived', {at(await sound(page)) + 96_000})")

    await page.evaluate("reached('totalSamplesReceived', 1)")
    assert await least_concealed(page, two_seconds, 0) == 0
    silent = await sound(page)
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

        async def two_seconds() -> None:
            nonlocal before
            before = await sound(page)
            await page.evaluate(f"reached('totalSamplesReceived', {at(before) + 96_000})")

        before: dict[str, Any] = {}
        assert await least_concealed(page, two_seconds, 0) == 0
        after = await sound(page)
        packets = after["packetsReceived"] - before["packetsReceived"]
        samples = after["totalSamplesReceived"] - before["totalSamplesReceived"]
        assert after["packetsLost"] == 0
        assert samples / packets / 960 == pytest.approx(lane, rel=0.35)
        assert after["totalAudioEnergy"] > before["totalAudioEnergy"]


async def test_chromium_hears_no_click_when_its_lane_changes(
    house: House, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "NARROW_TICKS", 50)
    speaker = await house.join("speaker", csrc=77)
    speaker.talk(Tone(440))
    await page.evaluate("answer", house.plane.answer("c", "a", await page.evaluate("offer()")))
    await page.evaluate("sees(77)")
    await page.evaluate("reached('totalSamplesReceived', 96000)")

    async def wider_and_narrower() -> None:
        for thresholds, lane in (((0, 1, 1), 6), ((0, 9, 9), 1)):
            monkeypatch.setattr(lanes, "FROM", thresholds)
            while house.plane.stats().lanes[lane] < 2 - (lane > 1):
                await page.evaluate("soon()")
            played = at(await sound(page))
            await page.evaluate(f"reached('totalSamplesReceived', {played + 48_000})")

    concealed = await least_concealed(page, wider_and_narrower, 960)
    assert (await sound(page))["packetsLost"] == 0
    assert concealed <= 960, f"{concealed} samples concealed in two changes of lane"
