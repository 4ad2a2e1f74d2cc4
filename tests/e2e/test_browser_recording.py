"""A recording in real Chromium: heard while it is written and afterwards, followed by its captions,
clipped, cut and deleted."""

import re
from collections.abc import AsyncIterator

import numpy as np
import pytest
from playwright.async_api import Page, expect
from tests.e2e.conftest import Evening
from tests.e2e.pages import Pages, pages, press
from tests.e2e.test_browser_before import SIDEWAYS, UNNAMED
from tests.e2e.test_recording import HOST, SPEAKER, Said, joined, recorded, say, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

HEARD, NOT_HEARD = 0.2, 0.02
READY = 40_000
"""Milliseconds until a page has looked again and found the recording finished."""

# Half a second of what the page's player plays, once there is sound in it.
LISTEN = """async () => {
  const audio = document.querySelector('audio[data-testid="audio"]');
  window.context ??= new AudioContext({sampleRate: 48000});
  window.source ??= context.createMediaElementSource(audio);
  await context.resume();
  const analyser = new AnalyserNode(context, {fftSize: 32768});
  source.connect(analyser);
  const rolling = new Float32Array(analyser.fftSize);
  await new Promise(done => {
    const look = () => {
      analyser.getFloatTimeDomainData(rolling);
      return Math.abs(rolling[0]) > 1e-4 || rolling.slice(0, 4800).some(x => Math.abs(x) > 1e-3)
        ? done() : requestAnimationFrame(look);
    };
    look();
  });
  source.disconnect();
  return Array.from(rolling);
}"""


@pytest.fixture
async def people() -> AsyncIterator[Pages]:
    """A browser whose pages are different people."""
    async with pages() as found:
        yield found


@pytest.fixture
async def room(evening: Evening) -> str:
    """A recorded room that is live: two have spoken one after the other, with captions."""
    room = await recorded(evening)
    host, speaker = [await joined(evening, room, who) for who in ("host", "speaker")]
    for session, hz, words in (
        (host, HOST, "Good evening, everybody."),
        (speaker, SPEAKER, "안녕하세요 여러분"),
        (host, HOST, "And good night."),
    ):
        await session.command("consent", captions=True)
        await session.command("say", text=words, language="en" if session is host else "ko")
        said: Said = await say(session, hz, 2.0)
        assert said.to > said.from_
    return room


def _share(sound: np.ndarray, hz: float) -> float:
    """How much of the sound's energy lies within 20 Hz of ``hz``."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    at = np.fft.rfftfreq(len(sound), 1 / 48_000)
    return float(spectrum[np.abs(at - hz) < 20].sum() / max(spectrum.sum(), 1e-12))


async def _at(page: Page) -> float:
    return float(await page.get_by_test_id("play-now").get_attribute("data-at") or "nan")


async def _hears(page: Page, hz: float, other: float) -> None:
    """Play from where the page is: one voice is heard, and the other is not."""
    await press(page, "play")
    sound = np.array(await page.evaluate(LISTEN))
    await press(page, "play")
    assert _share(sound, hz) > HEARD
    assert _share(sound, other) < NOT_HEARD


async def _sign_in(page: Page, handle: str) -> None:
    await press(page, "account-signin")
    await page.get_by_test_id("signin-handle").fill(handle)
    await press(page, "signin-go")
    await expect(page.get_by_test_id("account")).to_be_visible()


async def test_a_recording_is_heard_while_it_is_written(
    evening: Evening, room: str, people: Pages
) -> None:
    page = await people.open(f"{evening.url}/recording/{room}")
    await expect(page.get_by_test_id("growing")).to_be_visible()
    await expect(page.get_by_test_id("recording")).to_contain_text("Simulation")
    await expect(page.get_by_test_id("recording-captions")).to_contain_text("안녕하세요 여러분")
    await page.get_by_test_id("lane-speaker").get_by_role("button").click()
    await _hears(page, SPEAKER, HOST)
    length = await page.get_by_test_id("play-all").text_content()
    await press(page, "reload")
    await expect(page.get_by_test_id("play-all")).not_to_have_text(length or "")
    await evening.host.command(room, "end")
    await expect(page.get_by_test_id("recording-state")).to_have_text("Recording", timeout=READY)
    await expect(page.get_by_test_id("growing")).to_be_hidden()
    await page.get_by_test_id("lane-host").get_by_role("button").click()
    await _hears(page, HOST, SPEAKER)


async def test_captions_follow_the_player_and_move_it(
    evening: Evening, room: str, people: Pages
) -> None:
    await evening.host.command(room, "end")
    found = await until(evening, room, "ready")
    page = await people.open(f"{evening.url}/room/{room}")
    await press(page, "over-recording")
    lines = [page.get_by_test_id(f"recording-captions-{n}") for n in range(3)]
    await expect(lines[1]).to_contain_text("안녕하세요 여러분")
    await expect(lines[1].locator("[lang]")).to_have_attribute("lang", "ko")
    await expect(page.get_by_test_id("plays")).to_have_text("0")
    await lines[1].get_by_role("button").click()
    await expect(lines[1]).to_have_attribute("aria-current", "true")
    assert abs(await _at(page) - found.captions[1].at) < 0.2
    # Played on, it comes to the next line by itself.
    await press(page, "play")
    await expect(lines[2]).to_have_attribute("aria-current", "true")
    await expect(lines[1]).not_to_have_attribute("aria-current", "true")
    await press(page, "play")
    await expect(page.get_by_test_id("plays")).to_have_text("1")
    await page.get_by_test_id("chapters").get_by_role("button").first.click()
    assert abs(await _at(page) - found.marks[0].from_) < 0.2
    await page.get_by_test_id("position").focus()
    before = await _at(page)
    for _ in range(5):
        await page.keyboard.press("ArrowRight")
    assert before < await _at(page) < before + 2
    await page.reload()
    await expect(page.get_by_test_id("plays")).to_have_text("1")


async def test_a_clip_has_a_page_of_its_own(evening: Evening, room: str, people: Pages) -> None:
    await evening.host.command(room, "end")
    found = await until(evening, room, "ready")
    fan = await people.open(f"{evening.url}/recording/{room}")
    await fan.get_by_test_id("lane-speaker").get_by_role("button").click()
    await press(fan, "make-clip")
    await fan.get_by_test_id("signin-handle").fill("clipper")
    await press(fan, "signin-go")
    await fan.get_by_test_id("clip-title").fill("Hello in Korean")
    await fan.get_by_test_id("clip-seconds").fill("2")
    await press(fan, "clip-create")
    await fan.get_by_test_id("clips").get_by_role("link", name="Hello in Korean").click()
    await expect(fan).to_have_url(re.compile("/clip/"))
    await expect(fan.get_by_test_id("clip-title")).to_have_text("Hello in Korean")
    await expect(fan.get_by_test_id("clip-of")).to_contain_text("@clipper")
    await expect(fan.get_by_test_id("clip")).to_contain_text("Simulation")
    await expect(fan.get_by_test_id("play-all")).to_have_text(" / 0:02")
    await _hears(fan, SPEAKER, HOST)
    clip = (await evening.host.clips(room))[0]
    assert abs(clip.start - found.marks[1].from_) < 0.2

    # Whoever did not make it, and does not host, cannot take it away.
    other = await people.open(f"{evening.url}/recording/{room}")
    await _sign_in(other, "other")
    row = other.get_by_test_id(f"clip-{clip.clip}")
    await expect(row.get_by_role("button", name="Copy the link")).to_be_visible()
    await expect(row.get_by_role("button", name="Delete")).to_have_count(0)
    await fan.get_by_test_id("clip-room").click()
    await fan.get_by_test_id(f"clip-{clip.clip}").get_by_role("button", name="Delete").click()
    await press(fan, "clip-delete-confirm")
    await expect(fan.get_by_test_id(f"clip-{clip.clip}")).to_have_count(0)
    await fan.goto(f"{evening.url}/clip/{clip.clip}")
    await expect(fan.get_by_test_id("no-clip")).to_contain_text("There is no")


async def test_a_host_cuts_and_deletes(evening: Evening, room: str, people: Pages) -> None:
    fan = await people.open(f"{evening.url}/recording/{room}", phone=True)
    host = await people.open(f"{evening.url}/recording/{room}")
    await _sign_in(host, "host")
    await expect(host.get_by_test_id("tools-later")).to_be_visible()
    await expect(host.get_by_test_id("delete-recording")).to_be_hidden()
    await evening.host.command(room, "end")
    whole = await until(evening, room, "ready")
    await expect(host.get_by_test_id("delete-recording")).to_be_visible(timeout=READY)
    await host.get_by_test_id("lane-speaker").get_by_role("button").click()
    await press(host, "start-here")
    await expect(host.get_by_test_id("start-whole")).to_be_visible()
    cut = await evening.host.recording(room)
    assert abs(cut.start - whole.marks[1].from_) < 0.2
    assert cut.marks[0].member == "speaker"
    await fan.reload()
    first = fan.get_by_test_id("recording-captions-0")
    await expect(first).to_contain_text("And good night.")
    await expect(fan.get_by_test_id("host-tools")).to_be_hidden()
    await _hears(fan, SPEAKER, HOST)
    assert await fan.evaluate(SIDEWAYS) <= 0
    assert await fan.evaluate(UNNAMED) == []
    await press(host, "start-whole")
    await expect(host.get_by_test_id("start-whole")).to_be_hidden()
    assert (await evening.host.recording(room)).start == 0

    await press(host, "delete-recording")
    dialog = host.get_by_role("dialog")
    for told in ("Every byte", "cannot be undone", "0 clips", "stay"):
        await expect(dialog).to_contain_text(told)
    await press(host, "delete-confirm")
    await expect(host.get_by_test_id("over")).to_be_visible()
    await expect(host.get_by_test_id("over-recording")).to_be_hidden()
    await fan.reload()
    await expect(fan.get_by_test_id("no-recording")).to_contain_text("There is no recording")
