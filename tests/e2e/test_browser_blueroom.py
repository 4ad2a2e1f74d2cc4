"""A Blueroom in real Chromium: the wait, questions and votes, the artists' pick, the handoff."""

import time

import pytest
from playwright.async_api import expect
from tests.e2e.conftest import Evening
from tests.e2e.pages import folded, pages, press, told

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

# Settles when what the page is sent has been more than silence.
SOUNDS = """() => new Promise(done => {
  const look = async () => {
    const stats = [...(await window.afterparty.sound.pc.getStats()).values()];
    const energy = stats.find(one => one.type === 'inbound-rtp')?.totalAudioEnergy ?? 0;
    return energy > 1e-5 ? done(energy) : setTimeout(look, 100);
  };
  look();
})"""

FIRST, SECOND = "What did you eat before the show?", "When do you come to Busan?"


async def test_the_waiting_audience_sees_a_countdown_and_hears_a_tune(evening: Evening) -> None:
    await evening.host.command(
        evening.post,
        "edit",
        scheduled_for=time.time() + 1200,
        hashtag="#Ask_GUEST",
        waiting="tune",
    )
    async with pages() as crowd:
        fan = await crowd.enter(evening.url, evening.post, "minji", phone=True)
        waiting = fan.get_by_test_id("waiting")
        await expect(waiting).to_contain_text("This Blueroom has not begun")
        await expect(waiting).to_contain_text("A tune plays until then")
        await expect(waiting.get_by_test_id("countdown")).to_contain_text("19minutes")
        await expect(fan.get_by_test_id("hashtag")).to_have_text("#Ask_GUEST")
        await fan.evaluate(SOUNDS)
        await evening.host.command(evening.post, "open")
        await expect(waiting).to_be_hidden()


async def test_questions_are_asked_voted_for_picked_and_answered(evening: Evening) -> None:
    async with pages() as crowd:
        artist = await crowd.enter(evening.url, evening.post, "guest")
        minji = await crowd.enter(evening.url, evening.post, "minji", phone=True)
        haru = await crowd.enter(evening.url, evening.post, "haru")
        nobody = await crowd.enter(evening.url, evening.post, None)

        # Asking and voting begin before the show does.
        for page, words in ((minji, FIRST), (haru, SECOND)):
            await page.get_by_test_id("ask-text").fill(words)
            await page.get_by_test_id("ask-send").click()
        rows = nobody.get_by_test_id("questions").get_by_role("listitem")
        await expect(rows).to_have_count(2)
        await expect(nobody.get_by_test_id("ask-text")).to_be_hidden()
        second = minji.get_by_role("listitem").filter(has_text=SECOND)
        await second.get_by_role("button", name="Vote").click()
        await expect(rows.first).to_contain_text(SECOND)
        vote = second.get_by_role("button", name="Vote")
        await expect(vote).to_have_attribute("aria-pressed", "true")
        before = await vote.inner_text()
        await vote.click()
        await expect(vote).to_have_attribute("aria-pressed", "false")
        await expect(vote).not_to_have_text(before)
        await vote.click()

        await minji.get_by_role("button", name="Take back").click()
        await expect(rows).to_have_count(1)

        await evening.host.command(evening.post, "open")
        await artist.get_by_role("button", name="Pick").click()
        for page in (artist, minji, nobody):
            await expect(page.get_by_test_id("picked")).to_contain_text(SECOND)
        await told(haru, "on the stage")
        await expect(minji.get_by_test_id("answered-now")).to_be_hidden()
        await artist.get_by_test_id("answered-now").click()
        await expect(minji.get_by_test_id("picked")).to_be_hidden()
        await minji.get_by_text("Answered (1)").click()
        await expect(minji.get_by_test_id("answered")).to_contain_text(SECOND)
        room = (await evening.host.room(evening.post)).room
        assert await folded(nobody) == room.model_dump(mode="json")


async def test_its_end_offers_the_handoff(evening: Evening) -> None:
    """The Blueroom's host hands the audience to the Space, which ends the Blueroom."""
    await evening.host.command(evening.post, "open")
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.post, "host")
        fan = await crowd.enter(evening.url, evening.post, "minji", phone=True)
        await press(host, "end", f"then-end-{evening.pre}")
        await expect(fan.get_by_test_id("handoff-banner")).to_contain_text("The pre room")
        for page in (host, fan):
            await expect(page.get_by_test_id("room-title")).to_have_text(
                "The pre room", timeout=60_000
            )
        late = await crowd.open(f"{evening.url}/room/{evening.post}")
        await expect(late.get_by_test_id("over")).to_contain_text("This Blueroom has ended")
        await expect(late.get_by_test_id("ledger")).to_have_attribute("data-moved", "2")
