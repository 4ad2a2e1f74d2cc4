"""The product as people use it: real Chromium, the real page, a microphone that plays a file."""

import asyncio
import re
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Browser, Page, expect
from tests.e2e.conftest import Evening, Server, tone
from tests.e2e.pages import chromium, press, walk_in

from afterparty.wire.bodies import CreateRecord

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

HOST, SPEAKER = 437.0, 1109.0
HEARD, NOT_HEARD = 0.02, 0.002

# One second of what the page plays, as samples at the context's rate, taken from the very track
# that the page gave to its <audio> element.
LISTEN = """async () => {
  const {pc} = window.afterparty.sound;
  const stream = new MediaStream([pc.getReceivers()[0].track]);
  const context = new AudioContext({sampleRate: 48000});
  await context.resume();
  const analyser = new AnalyserNode(context, {fftSize: 32768});
  context.createMediaStreamSource(stream).connect(analyser);
  const rolling = new Float32Array(analyser.fftSize);
  const start = context.currentTime;
  await new Promise(done => {
    const look = () => context.currentTime - start > 1.2 ? done() : requestAnimationFrame(look);
    look();
  });
  analyser.getFloatTimeDomainData(rolling);
  await context.close();
  return Array.from(rolling);
}"""

# Settles when a source is (or is no longer) among those heard within the last second.
UNTIL = """([csrc, heard]) => new Promise(done => {
  const look = () => {
    const now = performance.timeOrigin + performance.now();
    const sources = window.afterparty.sound.pc.getReceivers()[0].getContributingSources()
      .filter(s => now - s.timestamp < 1000).map(s => s.source);
    return sources.includes(csrc) === heard ? done(sources) : requestAnimationFrame(look);
  };
  look();
})"""


def _microphone(path: Path, hz: float) -> Path:
    """A file for the fake microphone: a tone in bursts, as no noise suppressor would take it."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        burst = tone(hz, 0.35)
        file.writeframes(np.tile(np.concatenate((burst, burst[:2400] * 0)), 10).tobytes())
    return path


@asynccontextmanager
async def _speaking_chromium(tmp_path: Path, hz: float) -> AsyncIterator[Browser]:
    path = _microphone(tmp_path / f"{hz:.0f}.wav", hz)
    async with chromium(f"--use-file-for-fake-audio-capture={path}") as browser:
        yield browser


async def _enter(browser: Browser, evening: Evening, handle: str | None) -> Page:
    page = await browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto(f"{evening.url}/room/{evening.pre}")
    await walk_in(page, handle)
    await expect(page.get_by_test_id("sound-state")).to_have_attribute("data-state", "connected")
    await _says_what_it_is(page)
    assert faults == []
    return page


async def _says_what_it_is(page: Page) -> None:
    notice = page.get_by_test_id("notice")
    for told in ("this is a simulation", "not affiliated"):
        await expect(notice).to_contain_text(re.compile(told, re.IGNORECASE))


async def _sound(page: Page) -> np.ndarray:
    return np.array(await page.evaluate(LISTEN))


def _share(sound: np.ndarray, hz: float) -> float:
    """How much of the sound's energy lies within 30 Hz of ``hz``; 0 in silence."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    if spectrum.sum() < 1e-3:
        return 0.0
    at = np.fft.rfftfreq(len(sound), 1 / 48_000)
    return float(spectrum[np.abs(at - hz) < 30].sum() / spectrum.sum())


async def _open_mic(page: Page) -> None:
    await page.get_by_test_id("mic").click()
    await expect(page.get_by_test_id("mic")).to_have_attribute("data-muted", "false")


async def _until(page: Page, csrc: int, *, heard: bool = True) -> list[int]:
    """Wait until the page's own sources have (or no longer have) that voice; all it has then."""
    async with asyncio.timeout(40):
        return await page.evaluate(UNTIL, [csrc, heard])


async def test_chromium_hears_chromium(evening: Evening, tmp_path: Path) -> None:
    async with (
        _speaking_chromium(tmp_path, HOST) as first,
        _speaking_chromium(tmp_path, SPEAKER) as second,
        chromium() as third,
    ):
        host = await _enter(first, evening, "host")
        speaker = await _enter(second, evening, "speaker")
        fan = await _enter(third, evening, None)
        csrc = {
            seat.member: seat.csrc for seat in (await evening.host.room(evening.pre)).room.seats
        }
        await _open_mic(host)
        assert await _until(fan, csrc["host"]) == [csrc["host"]]
        sound = await _sound(fan)
        assert _share(sound, HOST) > HEARD
        assert _share(sound, SPEAKER) < NOT_HEARD
        await expect(fan.get_by_test_id("seat-host")).to_have_attribute("data-speaking", "true")
        await expect(fan.get_by_test_id("listener-count")).to_contain_text("1")

        await _open_mic(speaker)
        await _until(fan, csrc["speaker"])
        sound = await _sound(fan)
        assert min(_share(sound, HOST), _share(sound, SPEAKER)) > HEARD

        # The host closes the speaker's microphone; the speaker's browser is not asked.
        await host.get_by_test_id("mute-speaker").click()
        await _until(fan, csrc["speaker"], heard=False)
        sound = await _sound(fan)
        assert _share(sound, SPEAKER) < NOT_HEARD, "muted"
        assert _share(sound, HOST) > HEARD

        await _open_mic(speaker)
        await _until(fan, csrc["speaker"])
        await press(host, "menu-speaker", "demote-speaker")
        await expect(fan.get_by_test_id("seat-speaker")).to_have_count(0)
        await _until(fan, csrc["speaker"], heard=False)
        sound = await _sound(fan)
        assert _share(sound, SPEAKER) < NOT_HEARD, "demoted"
        assert _share(sound, HOST) > HEARD


async def test_a_fan_asks_speaks_and_is_heard(evening: Evening, tmp_path: Path) -> None:
    async with chromium() as first, _speaking_chromium(tmp_path, SPEAKER) as second:
        host = await _enter(first, evening, "host")
        fan = await _enter(second, evening, "minji")
        await fan.get_by_test_id("request-to-speak").click()
        await host.get_by_test_id("accept-minji").click()
        await _open_mic(fan)
        room = (await evening.host.room(evening.pre)).room
        csrc = {seat.member: seat.csrc for seat in room.seats}["minji"]
        await _until(host, csrc)
        assert _share(await _sound(host), SPEAKER) > HEARD
        await expect(host.get_by_test_id("seat-minji")).to_have_attribute("data-muted", "false")


async def test_the_handoff_keeps_the_browsers_connection(evening: Evening, tmp_path: Path) -> None:
    await evening.host.command(evening.post, "open")
    async with _speaking_chromium(tmp_path, HOST) as first, chromium() as second:
        host = await _enter(first, evening, "host")
        follower = await _enter(second, evening, "follower")
        stayer = await _enter(second, evening, None)
        csrc = (await evening.host.room(evening.pre)).room.seats[0].csrc
        await _open_mic(host)
        await _until(follower, csrc)
        await follower.evaluate("window.before = window.afterparty.sound.pc")
        # Long enough that a slow machine is done with the clicks before the audience moves.
        await evening.host.command(evening.pre, "offer_handoff", to_room=evening.post, seconds=15)
        await expect(follower.get_by_test_id("handoff-banner")).to_be_visible()
        await expect(follower.get_by_test_id("handoff-countdown")).to_have_text(
            re.compile(r"[1-9]")
        )
        await stayer.get_by_test_id("stay").click()
        await expect(follower.get_by_test_id("room-title")).to_have_text(
            "The post room", timeout=60_000
        )
        await expect(follower).to_have_url(re.compile(f"/room/{evening.post}$"))
        assert await follower.evaluate("window.before === window.afterparty.sound.pc")
        await expect(stayer.get_by_test_id("room-title")).to_have_text("The pre room")
        # The host came along, and holds the other room's stage as well.
        await expect(host.get_by_test_id("room-title")).to_have_text("The post room")
        await _open_mic(host)
        await _until(follower, csrc)
        assert _share(await _sound(follower), HOST) > HEARD
        statistics = await follower.evaluate(
            """async () => [...(await window.before.getStats()).values()]
                .filter(s => s.type === 'inbound-rtp').map(s => s.packetsLost)"""
        )
        assert statistics == [0]


async def test_a_host_runs_an_evening_from_the_page(server: Server) -> None:
    """Start two rooms, open, promote a fan, hand the audience over, end: all by clicks."""
    async with chromium() as browser:
        host, fan = await browser.new_page(), await browser.new_page()
        faults: list[str] = []
        for page in (host, fan):
            page.on("pageerror", lambda error: faults.append(str(error)))
        await host.goto(server.url)
        await host.get_by_test_id("start-space").click()
        await host.get_by_test_id("start-handle").fill("alice")
        await host.get_by_test_id("start-title").fill("Evening talk")
        await host.get_by_test_id("start-second").check()
        await host.get_by_test_id("start-second-title").fill("After talk")
        await host.get_by_test_id("start-create").click()
        await host.get_by_test_id("open-room").click()
        await _open_mic(host)

        await fan.goto(host.url)
        await fan.get_by_test_id("enter-handle").fill("bob")
        await fan.get_by_test_id("start-listening").click()
        await fan.get_by_test_id("request-to-speak").click()
        await host.get_by_test_id("accept-bob").click()
        await _open_mic(fan)
        await expect(host.get_by_test_id("seat-bob")).to_have_attribute("data-muted", "false")

        await host.get_by_test_id("open-other").click()
        await host.get_by_test_id("handoff-seconds").fill("2")
        await host.get_by_role("button", name="Hand over").click()
        for page in (host, fan):
            await expect(page.get_by_test_id("room-title")).to_have_text("After talk")
        ledger = host.get_by_test_id("ledger")
        for figure, wanted in {"offered": 2, "moved": 2, "declined": 0, "lost": 0}.items():
            await expect(ledger).to_have_attribute(f"data-{figure}", str(wanted))

        await press(host, "end", "end-confirm")
        await expect(fan.get_by_test_id("over")).to_contain_text("This Space has ended")
        assert faults == []


async def test_the_lobby_says_what_it_is(evening: Evening) -> None:
    async with chromium() as browser:
        page = await browser.new_page()
        await page.goto(evening.url)
        card = page.get_by_test_id(f"room-card-{evening.pre}")
        await expect(card).to_contain_text("The pre room")
        await expect(card).to_contain_text("Simulation")
        await _says_what_it_is(page)
        await asyncio.gather(evening.join("one"), evening.join("two"))
        await expect(card).to_contain_text("2 listeners")


async def test_the_record_book_says_what_is_simulated(evening: Evening) -> None:
    entered = await evening.host.create_record(
        CreateRecord(kind="loadtest", title="A load test", listeners=44_208, machine="2 cores")
    )
    async with chromium() as browser:
        page = await browser.new_page()
        await page.goto(evening.url)
        entry = page.get_by_test_id("record-book").get_by_test_id(f"record-{entered.entry}")
        for told in ("44,208", "A load test", "Load test", "2 cores"):
            await expect(entry).to_contain_text(told)
        await expect(entry.get_by_text("Simulated")).to_be_visible()
