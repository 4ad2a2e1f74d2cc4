"""What a room has besides its sound, in real Chromium: reactions, hands, captions, pins, guests."""

import pytest
from playwright.async_api import Page, expect
from tests.e2e.conftest import Evening
from tests.e2e.pages import folded, pages, press, told

from afterparty.wire.crowd import CrowdStep

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

# Settles with the next thing that rises on the page: what it is, and from whom.
NEXT_FLIGHT = """() => new Promise(done => {
  new MutationObserver((changes, observer) => {
    const node = changes.flatMap(change => [...change.addedNodes])[0];
    if (!node) return;
    observer.disconnect();
    const at = {x: parseFloat(node.style.getPropertyValue('--x')),
                y: parseFloat(node.style.getPropertyValue('--y'))};
    done({reaction: node.textContent, from: node.dataset.from, ...at});
  }).observe(document.getElementById('flights'), {childList: true});
})"""


async def _next_flight(page: Page) -> None:
    await page.evaluate(f"() => {{ window.flight = ({NEXT_FLIGHT})(); }}")


async def test_reactions_rise_from_where_they_come(evening: Evening) -> None:
    """A speaker's from the avatar on the stage, a listener's from the audience; the tone stays."""
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        speaker = await crowd.enter(evening.url, evening.pre, "speaker")
        fan = await crowd.enter(evening.url, evening.pre, "minji", phone=True)
        reactions = (await evening.host.room(evening.pre)).room.reactions

        await _next_flight(host)
        await speaker.get_by_test_id(f"react-{reactions.index('💜')}").click()
        flight = await host.evaluate("window.flight")
        seat = await host.get_by_test_id("seat-speaker").locator(".ring").bounding_box()
        assert seat is not None
        assert (flight["reaction"], flight["from"]) == ("💜", "speaker")
        assert abs(flight["x"] - seat["x"] - seat["width"] / 2) < 2

        await press(fan, "tone", "tone-3")
        await _next_flight(host)
        await fan.get_by_test_id(f"react-{reactions.index('👏')}").click()
        flight = await host.evaluate("window.flight")
        audience = await host.get_by_test_id("audience").bounding_box()
        assert audience is not None
        assert flight["reaction"] == "👏🏽"
        assert audience["x"] <= flight["x"] <= audience["x"] + audience["width"]
        await fan.reload()
        await fan.get_by_test_id("start-listening").click()
        await expect(fan.get_by_test_id("tone")).to_have_attribute(
            "aria-label", "Skin tone: Medium"
        )


async def test_a_hand_stays_up_until_it_is_lowered(evening: Evening) -> None:
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        fan = await crowd.enter(evening.url, evening.pre, "minji", phone=True)
        nobody = await crowd.enter(evening.url, evening.pre, None)
        hand = fan.get_by_test_id("raise-hand")
        await hand.click()
        await expect(hand).to_have_attribute("aria-pressed", "true")
        await expect(fan.get_by_test_id("my-hand")).to_be_visible()
        await expect(nobody.get_by_test_id("raised-minji")).to_contain_text("Hand raised")
        await expect(nobody.get_by_test_id("raise-hand")).to_be_hidden()
        await expect(host.get_by_test_id("hand-count")).to_have_text("1")
        await host.get_by_test_id("lower-minji").click()
        await told(fan, "lowered your hand")
        await expect(hand).to_have_attribute("aria-pressed", "false")
        await host.get_by_test_id("raise-hand").click()
        await expect(fan.get_by_test_id("hand-host")).to_be_visible()
        await host.get_by_test_id("raise-hand").click()
        await expect(fan.get_by_test_id("hand-host")).to_be_hidden()


async def test_captions_need_consent(evening: Evening) -> None:
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        fan = await crowd.enter(evening.url, evening.pre, None, phone=True)
        await host.get_by_test_id("mic").click()
        await expect(host.get_by_test_id("mic")).to_have_attribute("data-muted", "false")
        await expect(host.get_by_test_id("say-text")).to_be_hidden()
        await host.get_by_test_id("captions-consent").check()
        await host.get_by_test_id("say-language").select_option("ko")
        await host.get_by_test_id("say-text").fill("오늘 밤에 만나요")
        await host.get_by_test_id("say-send").click()
        lines = fan.get_by_test_id("captions")
        for words in ("host", "Korean", "오늘 밤에 만나요"):
            await expect(lines).to_contain_text(words)
        await expect(lines.locator("[lang=ko]")).to_have_text("오늘 밤에 만나요")
        await host.get_by_test_id("captions-consent").uncheck()
        await expect(host.get_by_test_id("say-text")).to_be_hidden()
        assert await folded(fan) == (await evening.host.room(evening.pre)).room.model_dump(
            mode="json"
        )


async def test_posts_are_pinned_above_the_stage(evening: Evening) -> None:
    async with pages() as crowd:
        speaker = await crowd.enter(evening.url, evening.pre, "speaker")
        fan = await crowd.enter(evening.url, evening.pre, "minji", phone=True)
        await press(speaker, "more", "pin-open")
        await speaker.get_by_test_id("pin-text").fill("Our single is out")
        await speaker.get_by_test_id("pin-url").fill("https://example.org/single?from=here")
        await speaker.get_by_test_id("pin-form-send").click()
        pins = fan.get_by_test_id("pins")
        await expect(pins).to_contain_text("Our single is out")
        link = pins.get_by_role("link")
        await expect(link).to_have_text("example.org ↗")
        await expect(link).to_have_attribute("rel", "noopener noreferrer")
        await expect(link).to_have_attribute("href", "https://example.org/single?from=here")
        await expect(pins.get_by_role("button")).to_have_count(0)
        await speaker.get_by_test_id("pins").get_by_role("button", name="Unpin").click()
        await expect(pins).to_be_hidden()


async def test_the_guest_list(evening: Evening) -> None:
    """Roles first, whoever came while it is open, and nobody by name who listens anonymously."""
    async with pages() as crowd:
        fan = await crowd.enter(evening.url, evening.pre, "minji", phone=True)
        for handle in ("speaker", "host", None):
            await evening.join(handle)
        await fan.get_by_test_id("guests-open").click()
        listed = fan.get_by_test_id("guest-list").get_by_role("listitem")
        await expect(listed).to_have_count(3)
        for place, words in enumerate(("Host", "Speaker", "minji")):
            await expect(listed.nth(place)).to_contain_text(words)
        await expect(fan.get_by_test_id("guests-anonymous")).to_contain_text(
            "1 anonymous listener,"
        )
        await evening.join("zoe")
        await expect(fan.get_by_test_id("guest-zoe")).to_be_visible()
        await fan.get_by_test_id("guest-search").fill("zo")
        await expect(listed).to_have_count(1)
        await fan.keyboard.press("Escape")
        await expect(fan.get_by_test_id("guests")).to_be_hidden()
        await expect(fan.get_by_test_id("guests-open")).to_be_focused()


async def test_the_counts_are_explained(evening: Evening) -> None:
    async with pages() as crowd:
        fan = await crowd.enter(evening.url, evening.pre, "minji")
        await evening.join("host")
        await evening.join(None)
        await expect(fan.get_by_test_id("listener-count")).to_have_text("2")
        await fan.get_by_test_id("what-counts").click()
        about = fan.get_by_test_id("counts-explained")
        wanted = {"listeners": "2", "peak": "2", "tuned_in": "3", "participants": "3"}
        for figure, value in wanted.items():
            await expect(about.get_by_test_id(f"count-{figure}")).to_have_text(value)
        await expect(about).to_contain_text("a person with three browsers counts once")
        await expect(about.get_by_test_id("count-simulated")).to_be_hidden()
        await fan.keyboard.press("Escape")
        await expect(about).to_be_hidden()


async def test_whatever_counts_says_how_many_are_simulated(evening: Evening) -> None:
    async with pages() as crowd:
        fan = await crowd.enter(evening.url, evening.pre, "minji", phone=True)
        nobody = [f"fan-{n}" for n in range(1_000)]
        step = CrowdStep(enter={evening.pre: nobody, evening.post: ["early"]})
        await evening.host.crowd(evening.show, step)
        await expect(fan.get_by_test_id("listener-count")).to_have_text("1,001")
        for word in ("listening", "peak"):
            await expect(fan.locator(".figures")).to_contain_text(f"{word} · 1,000 simulated")
        await expect(fan.get_by_test_id("more-listeners")).to_have_text(
            "+1,000 listeners · 1,000 simulated"
        )
        await fan.get_by_test_id("what-counts").click()
        for figure in ("simulated", "peak_simulated"):
            await expect(fan.get_by_test_id(f"count-{figure}")).to_have_text("1,000")
        await fan.keyboard.press("Escape")
        await fan.get_by_test_id("guests-open").click()
        await expect(fan.get_by_test_id("guests-simulated")).to_contain_text("1,000 simulated")
        await expect(fan.get_by_test_id("guest-list").get_by_role("listitem")).to_have_count(1)
        await fan.keyboard.press("Escape")
        width = await fan.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, "it fits a phone"
        await fan.get_by_test_id("minimise").click()
        words = "1,001 listeners · 1,000 simulated"
        await expect(fan.get_by_test_id("dock-state")).to_have_text(words)
        await expect(fan.get_by_test_id(f"room-card-{evening.pre}")).to_contain_text(words)
        await expect(fan.get_by_test_id(f"room-card-{evening.post}")).to_contain_text(
            "1 waiting · 1 simulated"
        )
        await evening.host.crowd(evening.show, CrowdStep(leave=nobody))
        await expect(fan.get_by_test_id("dock-state")).to_have_text("1 listener")
        card = fan.get_by_test_id(f"room-card-{evening.pre}")
        await expect(card).to_contain_text("peak 1,001 (1,000 simulated)")
        await evening.host.command(evening.pre, "end")
        over = await crowd.open(f"{evening.url}/room/{evening.pre}", phone=True)
        await expect(over.get_by_test_id("over")).to_contain_text(
            "peak listeners · 1,000 simulated"
        )


async def test_the_room_goes_on_in_a_dock(evening: Evening) -> None:
    """The lobby is looked at, the sound and the seat stay; leaving is a press on the dock."""
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        fan = await crowd.enter(evening.url, evening.pre, "minji", phone=True)
        await expect(fan.get_by_test_id("sound-state")).to_have_attribute("data-state", "connected")
        await fan.evaluate("window.before = window.afterparty.sound.pc")
        await fan.get_by_test_id("minimise").click()
        await expect(fan.get_by_test_id("lobby")).to_be_visible()
        await evening.join("zoe")
        await expect(fan.get_by_test_id("dock-state")).to_have_text("2 listeners")
        await fan.get_by_test_id("dock-open").click()
        await expect(fan.get_by_test_id("listener-me")).to_be_visible()
        assert await fan.evaluate("window.before === window.afterparty.sound.pc")
        await press(fan, "minimise", "dock-leave")
        await expect(fan.get_by_test_id("dock")).to_be_hidden()
        await expect(host.get_by_test_id("listener-count")).to_have_text("1")


async def test_skipping_to_the_content_is_no_way_out(evening: Evening) -> None:
    """The first thing that a keyboard reaches must not put its owner out of the room."""
    async with pages() as crowd:
        fan = await crowd.enter(evening.url, evening.pre, "minji")
        await fan.locator("a.skip").focus()
        await fan.keyboard.press("Enter")
        await expect(fan.locator("#view")).to_be_focused()
        await expect(fan.get_by_test_id("room-title")).to_be_visible()
        await expect(fan.get_by_test_id("enter")).to_have_count(0)
