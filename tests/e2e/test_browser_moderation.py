"""Order in a room, by clicks in real Chromium: who may speak, who comes in, who has to go."""

import re

import pytest
from playwright.async_api import expect
from tests.e2e.conftest import Evening
from tests.e2e.pages import folded, pages, press, told, walk_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def test_who_may_speak_changes_in_the_midst_of_it(evening: Evening) -> None:
    """ "Request to speak" becomes "Speak", and whoever presses it is on the stage."""
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        fan = await crowd.enter(evening.url, evening.pre, "minji", phone=True)
        request = fan.get_by_test_id("request-to-speak")
        await expect(request).to_have_text("Request to speak")
        await request.click()
        await host.get_by_test_id("decline-minji").click()
        await told(fan, "declined")
        await request.click()
        await expect(host.get_by_test_id("request-count")).to_have_text("1")
        await fan.get_by_test_id("withdraw-request").click()
        await expect(host.get_by_test_id("accept-minji")).to_be_hidden()

        await host.get_by_test_id("who-may-speak").select_option("everyone")
        await expect(request).to_have_text("Speak")
        await request.click()
        await expect(fan.get_by_test_id("mic")).to_have_attribute("data-muted", "true")
        await expect(host.get_by_test_id("seat-minji")).to_be_visible()

        # Changing it again takes nobody off the stage.
        await host.get_by_test_id("who-may-speak").select_option("invited")
        await told(fan, "let onto the stage")
        await expect(host.get_by_test_id("seat-minji")).to_be_visible()


async def test_whoever_the_host_follows_comes_straight_onto_the_stage(evening: Evening) -> None:
    await evening.host.follow("minji")
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        minji = await crowd.enter(evening.url, evening.pre, "minji", phone=True)
        haru = await crowd.enter(evening.url, evening.pre, "haru")
        await host.get_by_test_id("who-may-speak").select_option("followed")
        for page in (minji, haru):
            await told(page, "Whoever the host follows")
            await page.get_by_test_id("request-to-speak").click()
        await expect(minji.get_by_test_id("mic")).to_be_visible()
        await expect(host.get_by_test_id("request-haru")).to_be_visible()
        await expect(host.get_by_test_id("seat-minji")).to_be_visible()


async def test_everybody_is_muted_at_once(evening: Evening) -> None:
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        speaker = await crowd.enter(evening.url, evening.pre, "speaker")
        for page in (host, speaker):
            await page.get_by_test_id("mic").click()
            await expect(page.get_by_test_id("mic")).to_have_attribute("data-muted", "false")
        await host.get_by_test_id("mute-all").click()
        await expect(speaker.get_by_test_id("mic")).to_have_attribute("data-muted", "true")
        await told(speaker, "closed your microphone")
        await expect(host.get_by_test_id("mic")).to_have_attribute("data-muted", "false")
        await expect(host.get_by_test_id("mute-all")).to_be_disabled()


async def test_a_locked_room_lets_nobody_new_in(evening: Evening) -> None:
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        fan = await crowd.enter(evening.url, evening.pre, "minji")
        await host.get_by_test_id("lock").check()
        await expect(fan.get_by_test_id("locked")).to_be_visible()
        late = await crowd.open(f"{evening.url}/room/{evening.pre}")
        await walk_in(late, "late")
        await expect(late.get_by_test_id("away")).to_contain_text("locked")
        await fan.reload()  # who was here before comes in again
        await walk_in(fan, "minji")
        await expect(fan.get_by_test_id("locked")).to_be_visible()
        await host.get_by_test_id("lock").uncheck()
        await late.get_by_role("button", name="Come back in").click()
        await walk_in(late, "late")
        await expect(late.get_by_test_id("listener-me")).to_be_visible()


async def test_removed_and_blocked(evening: Evening) -> None:
    """Both are put out at once, and a blocked account stays out; a menu is walked by keyboard."""
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        speaker = await crowd.enter(evening.url, evening.pre, "speaker")
        fan = await crowd.enter(evening.url, evening.pre, "minji")

        await host.get_by_test_id("menu-speaker").focus()
        await host.keyboard.press("Enter")
        await expect(host.get_by_test_id("demote-speaker")).to_be_focused()
        await host.keyboard.press("ArrowDown")
        await expect(host.get_by_test_id("remove-speaker")).to_be_focused()
        await host.keyboard.press("Enter")
        gone = speaker.get_by_test_id("away")
        await expect(gone).to_have_attribute("data-code", "removed")
        await expect(gone.get_by_role("button")).to_have_count(0)
        await expect(host.get_by_test_id("seat-speaker")).to_have_count(0)

        await press(host, "guests-open", "guest-menu-minji", "block-minji", "block-confirm")
        await expect(fan.get_by_test_id("away")).to_have_attribute("data-code", "blocked")
        await fan.reload()
        await walk_in(fan, "minji")
        await expect(fan.get_by_test_id("away")).to_contain_text("blocked")

        # It stands in the audit list, where it can be undone.
        await press(host, "guests-close", "audit-open")
        entries = host.get_by_test_id("audit-list")
        for words in ("removed speaker", "blocked minji"):
            await expect(entries).to_contain_text(words)
        await host.get_by_test_id("unblock-minji").click()
        await expect(entries).to_contain_text("unblocked minji")
        await fan.reload()
        await walk_in(fan, "minji")
        await expect(fan.get_by_test_id("listener-me")).to_be_visible()
        assert await folded(fan) == (await evening.host.room(evening.pre)).room.model_dump(
            mode="json"
        )


async def test_what_a_cohost_may(evening: Evening) -> None:
    """A guest is invited as co-host by the host's menu, accepts, and may not do what hosts may."""
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        cora = await crowd.enter(evening.url, evening.pre, "cora", phone=True)
        await press(host, "guests-open", "guest-menu-cora", "invite_cohost-cora")
        await expect(cora.get_by_test_id("invitation")).to_contain_text("co-host")
        await cora.get_by_test_id("accept-invitation").click()
        await expect(cora.get_by_test_id("ruling")).to_be_visible()
        for testid in ("end", "edit-room", "handoff-offer"):
            await expect(cora.get_by_test_id(testid)).to_be_hidden()
        await cora.get_by_test_id("menu-host").click()
        await expect(cora.get_by_role("menuitem")).to_have_text(["Report…"])
        await cora.keyboard.press("Escape")
        await press(cora, "menu-speaker", "demote-speaker")
        await expect(host.get_by_test_id("seat-speaker")).to_have_count(0)


async def test_an_invitation_counts_down_and_is_declined(evening: Evening) -> None:
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        fan = await crowd.enter(evening.url, evening.pre, "minji")
        await host.get_by_test_id("invite-handle").fill("@minji")
        await host.get_by_test_id("invite-send").click()
        await expect(fan.get_by_test_id("invitation")).to_contain_text(re.compile(r"\d+ s"))
        await fan.get_by_test_id("decline-invitation").click()
        await expect(fan.get_by_test_id("invitation")).to_be_hidden()
        await expect(fan.get_by_test_id("request-to-speak")).to_be_visible()
        assert (await evening.host.room(evening.pre)).room.invitations == []


async def test_a_report_reaches_the_operator(evening: Evening) -> None:
    async with pages() as crowd:
        fan = await crowd.enter(evening.url, evening.pre, "minji")
        nobody = await crowd.enter(evening.url, evening.pre, None)
        await press(fan, "menu-speaker", "report-speaker")
        await fan.get_by_test_id("report-reason").select_option("Spam")
        await fan.get_by_test_id("report-words").fill("sells tickets")
        await fan.get_by_test_id("report-send").click()
        await told(fan, "report was sent")
        await press(fan, "more", "report-room", "report-send")
        await expect(fan.get_by_test_id("report")).to_have_count(0)
        await expect(nobody.get_by_test_id("more")).to_be_hidden()
        for testid in ("menu-speaker", "menu-host"):
            await expect(nobody.get_by_test_id(testid)).to_be_hidden()


async def test_a_host_edits_the_room(evening: Evening) -> None:
    async with pages() as crowd:
        host = await crowd.enter(evening.url, evening.pre, "host")
        fan = await crowd.enter(evening.url, evening.pre, "minji")
        await host.get_by_test_id("edit-room").click()
        await host.get_by_test_id("edit-title").fill("Before the Blueroom")
        await host.get_by_test_id("edit-topics").fill("one, two, three, four")
        await host.get_by_test_id("editing-send").click()
        await expect(host.get_by_role("alert").filter(has_text="topics")).to_be_visible()
        await host.get_by_test_id("edit-topics").fill("music, debut")
        await host.get_by_test_id("edit-description").fill("Guesses and a first listen.")
        await host.get_by_test_id("edit-language").select_option("ko")
        await host.get_by_test_id("editing-send").click()
        await expect(fan.get_by_test_id("room-title")).to_have_text("Before the Blueroom")
        await expect(fan.get_by_test_id("topics")).to_have_text("musicdebut")
        await expect(fan.get_by_test_id("room-description")).to_contain_text("first listen")
        await expect(fan.get_by_test_id("room-language")).to_have_text("Korean")
