"""What a person does before a room begins, in real Chromium: plan, change, call off, be reminded,
search, follow."""

import re
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.conftest import Evening, Server, running
from tests.e2e.pages import Pages, pages, press, walk_in
from tests.e2e.test_commands import afterparty

from afterparty.client.api import Api
from afterparty.wire.bodies import CreateRoom

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NOTICED = 40_000
"""Milliseconds until a page has asked for notices once more, and some."""

# What a screen reader could not name, or a thumb would have to scroll sideways for.
UNNAMED = """() => [...document.querySelectorAll('button, input, select, textarea, a[href]')]
  .filter(node => node.checkVisibility())
  .filter(node => !(node.ariaLabel || node.textContent.trim() || node.labels?.length))
  .map(node => node.outerHTML)"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
async def people() -> AsyncIterator[Pages]:
    """A browser whose pages are different people."""
    async with pages() as found:
        yield found


async def _sign_in(page: Page, handle: str) -> None:
    await press(page, "account-signin")
    await page.get_by_test_id("signin-handle").fill(handle)
    await press(page, "signin-go")
    await expect(page.get_by_test_id("account")).to_be_visible()


def _field(at: datetime) -> str:
    """A time as a date field takes it; the browser's zone is this machine's."""
    return at.strftime("%Y-%m-%dT%H:%M")


def _card(page: Page, title: str) -> Locator:
    return page.locator("article.card").filter(has_text=title)


async def _plan(page: Page, url: str, handle: str, title: str, **fields: str) -> None:
    """Fill in the form and plan a room; texts and choices by the ends of their names."""
    await page.goto(url)
    await press(page, "start-space")
    await page.get_by_test_id("start-handle").fill(handle)
    await page.get_by_test_id("start-title").fill(title)
    await page.get_by_test_id("start-later").check(force=True)
    for name, value in fields.items():
        await page.get_by_test_id(f"start-{name}").fill(value)
    await press(page, "start-create")
    await expect(page.get_by_test_id("enter")).to_contain_text(title)


async def test_a_room_is_planned_changed_and_called_off(server: Server, people: Pages) -> None:
    """All by clicks; whoever set a reminder hears of it."""
    host, fan = [await people.open(server.url) for _ in range(2)]
    await host.get_by_test_id("start-space").click()
    await host.get_by_test_id("start-handle").fill("planner")
    await host.get_by_test_id("start-title").fill("A planned talk")
    await host.get_by_test_id("start-description").fill("About the summer.\nBring questions.")
    await host.get_by_test_id("start-topics").fill("K-pop, #Debut")
    await host.get_by_test_id("start-language").select_option("ko")
    await host.get_by_test_id("start-kind").select_option("blueroom")
    await host.get_by_test_id("start-hashtag").fill("Ask_PLANNER")
    await host.get_by_test_id("start-later").check(force=True)
    await host.get_by_test_id("start-speak").select_option("everyone")
    await host.get_by_test_id("start-record").check()
    await host.get_by_test_id("start-tune").check()
    await host.get_by_test_id("start-more").locator("summary").click()
    await host.get_by_test_id("start-cohosts").fill("@helper")
    await host.get_by_test_id("start-speakers").fill("one, two")
    await press(host, "start-create")

    sheet = host.get_by_test_id("enter")
    for told in ("A planned talk", "Bring questions.", "K-pop", "Debut", "#Ask_PLANNER", "Korean",
                 "May speak: everyone", "Will be recorded", "A tune plays"):  # fmt: skip
        await expect(sheet).to_contain_text(told)
    begins = await host.get_by_test_id("countdown").get_attribute("data-begins")
    assert begins is not None
    assert 1700 < float(begins) - time.time() < 2800
    room = host.url.rsplit("/", 1)[1]
    async with Api(server.url) as api:
        made = (await api.room(room)).room
        assert [seat.member for seat in made.seats] == ["planner", "helper", "one", "two"]
        assert (made.recording, made.waiting, made.scheduled_for) == (True, "tune", float(begins))

    card = fan.get_by_test_id(f"room-card-{room}")
    await expect(card).to_contain_text("Begins in")
    await press(fan, f"remind-{room}")
    await fan.get_by_test_id("signin-handle").fill("waiting-fan")
    await press(fan, "signin-go")
    await expect(fan.get_by_test_id(f"remind-{room}")).to_have_text("Reminder set")
    await press(fan, "account")
    await expect(fan.get_by_test_id(f"my-reminders-{room}")).to_contain_text("A planned talk")

    await press(host, "edit-room")
    await expect(host.get_by_test_id("edit-title")).to_have_value("A planned talk")
    await host.get_by_test_id("edit-title").fill("A talk at another time")
    moved = (datetime.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    await host.get_by_test_id("edit-at").fill(_field(moved))
    await host.get_by_test_id("edit-speak").select_option("invited")
    await press(host, "edit-save")
    await expect(sheet).to_contain_text("A talk at another time")
    await expect(sheet).to_contain_text("only people who are invited")
    await expect(host.get_by_test_id("countdown")).to_have_attribute(
        "data-begins", str(int(moved.timestamp()))
    )
    await expect(card).to_contain_text("A talk at another time")

    await press(host, "cancel-room", "cancel-confirm")
    await expect(host.get_by_test_id("over")).to_contain_text("This Blueroom was canceled")
    await expect(fan.get_by_test_id("notice-count")).to_have_text("1", timeout=NOTICED)
    await press(fan, "bell")
    notice = fan.get_by_test_id(f"notice-canceled-{room}")
    await expect(notice).to_contain_text("A talk at another time was canceled.")
    await notice.click()
    await expect(fan.get_by_test_id("over")).to_be_visible()


@pytest.mark.parametrize(("rules", "days"), [("current", 30), ("2021h1", 14)])
async def test_a_date_beyond_the_rules_is_refused(
    server: Server, people: Pages, rules: str, days: int
) -> None:
    page = await people.open(server.url)
    await press(page, "start-space")
    await page.get_by_test_id("start-handle").fill("far")
    await page.get_by_test_id("start-title").fill("Far away")
    await page.get_by_test_id("start-more").locator("summary").click()
    await page.get_by_test_id("start-rules").select_option(rules)
    await page.get_by_test_id("start-later").check(force=True)
    hint, at = page.get_by_test_id("start-at-hint"), page.get_by_test_id("start-at")
    now = datetime.now()
    await at.fill(_field(now + timedelta(days=days + 1)))
    await expect(hint).to_contain_text(f"at most {days} days ahead")
    await press(page, "start-create")
    await expect(page).to_have_url(f"{server.url}/")
    await at.fill(_field(now + timedelta(days=days - 1)))
    await expect(hint).to_contain_text(f"in {days - 2} days")
    await page.get_by_test_id("start-topics").fill("a, b, c, d")
    await press(page, "start-create")
    await expect(page.get_by_test_id("trouble")).to_contain_text("up to 3 topics")
    await page.get_by_test_id("start-topics").fill("a, b, c")
    await press(page, "start-create")
    await expect(page.get_by_test_id("countdown")).to_be_visible()


async def test_the_lobby_is_searched(evening: Evening, people: Pages) -> None:
    for name, title, topics in (("a", "Quiet talk", ["Film"]), ("b", "Loud talk", ["Music"])):
        body = {"room": f"{evening.show}-{name}", "kind": "space", "title": title, "topics": topics}
        await evening.host.create_room(evening.show, CreateRoom.model_validate(body))
    page = await people.open(evening.url)
    quiet, loud = [page.get_by_test_id(f"room-card-{evening.show}-{n}") for n in ("a", "b")]
    await expect(loud).to_be_visible()
    await page.get_by_test_id("search").fill("quiet")
    await expect(loud).to_have_count(0)
    await expect(quiet).to_be_visible()
    await expect(page).to_have_url(re.compile(r"\?q=quiet$"))
    await page.reload()
    await expect(quiet).to_be_visible()
    await expect(page.get_by_test_id("search-found")).to_contain_text("found")
    await press(page, "search-clear")
    await loud.get_by_role("link", name="Music").click()
    await expect(page).to_have_url(re.compile(r"\?topic=Music$"))
    await expect(quiet).to_have_count(0)
    await expect(loud).to_be_visible()
    await page.get_by_test_id("search-state").select_option("over")
    await expect(page.get_by_test_id("lobby-nothing")).to_be_visible()
    await page.get_by_test_id("search-state").select_option("scheduled")
    await expect(loud).to_be_visible()
    await page.get_by_test_id("search-kind").select_option("blueroom")
    await expect(loud).to_have_count(0)
    await press(page, "search-clear")
    await page.get_by_test_id("search-host").fill("@nobody-here")
    await expect(page.get_by_test_id("lobby-nothing")).to_be_visible()
    await page.get_by_test_id("search-host").fill("@host")
    await expect(quiet).to_be_visible()


async def test_a_series_is_made_found_and_followed(server: Server, people: Pages) -> None:
    host = await people.open(server.url)
    await press(host, "start-space")
    await host.get_by_test_id("start-handle").fill("serial")
    await host.get_by_test_id("start-title").fill("The first episode")
    await host.get_by_test_id("start-later").check(force=True)
    await host.get_by_test_id("start-more").locator("summary").click()
    await host.get_by_test_id("start-series").select_option(label="A new series…")
    await host.get_by_test_id("start-series-title").fill("Talk shows")
    await host.get_by_test_id("start-series-description").fill("One each month.")
    await press(host, "start-create")
    await expect(host.get_by_test_id("countdown")).to_be_visible()
    # The second one is offered the series, and the evening, of before.
    await host.goto(server.url)
    await press(host, "start-space")
    await host.get_by_test_id("start-title").fill("The second episode")
    await host.get_by_test_id("start-later").check(force=True)
    await host.get_by_test_id("start-more").locator("summary").click()
    await host.get_by_test_id("start-series").select_option(label="Talk shows")
    await host.get_by_test_id("start-show").select_option(label="With The first episode")
    await press(host, "start-create")
    await expect(host.get_by_test_id("countdown")).to_be_visible()
    room = host.url.rsplit("/", 1)[1]

    fan = await people.open(server.url)
    await _sign_in(fan, "series-fan")
    listed = fan.get_by_test_id("lobby-series").get_by_role("link", name="Talk shows")
    await listed.click()
    await expect(fan.get_by_test_id("series-title")).to_have_text("Talk shows")
    await expect(fan.get_by_test_id("series-told")).to_have_text("2 episodes · 0 followers")
    await expect(_card(fan, "The first episode")).to_be_visible()
    await press(fan, "series-follow")
    await expect(fan.get_by_test_id("series-told")).to_contain_text("1 follower")
    await expect(fan.get_by_test_id("series-follow")).to_have_attribute("aria-pressed", "true")

    # Whoever follows the series hears of an episode without having asked for that one.
    async with Api(server.url) as anybody:
        token = (await anybody.token("serial", grants=["host"])).token
    async with Api(server.url, token) as api:
        await api.command(room, "open")
    toast = fan.get_by_test_id("toast").get_by_role("link", name="The second episode has begun.")
    await toast.click(timeout=NOTICED)
    await expect(fan).to_have_url(re.compile(f"/room/{room}$"))
    await expect(fan.get_by_test_id("enter")).to_contain_text("The second episode")


async def test_following_a_host_and_taking_it_back(evening: Evening, people: Pages) -> None:
    fan = await people.open(f"{evening.url}/room/{evening.post}")
    await press(fan, "enter-follow")
    await fan.get_by_test_id("signin-handle").fill("follower")
    await press(fan, "signin-go")
    await expect(fan.get_by_test_id("enter-follow")).to_have_text("Following")
    await evening.host.command(evening.post, "open")
    started = fan.get_by_test_id(f"notice-started-{evening.post}")
    await expect(fan.get_by_test_id("notice-count")).to_be_visible(timeout=NOTICED)
    await press(fan, "bell")
    await expect(started).to_contain_text("Simulation")
    await fan.keyboard.press("Escape")
    await expect(fan.get_by_test_id("bell-panel")).to_be_hidden()
    await fan.reload()
    await expect(fan.get_by_test_id("notice-count")).to_be_hidden()  # they were read
    await press(fan, "account")
    await fan.get_by_test_id("my-follows-host").get_by_role("button").click()
    await expect(fan.get_by_test_id("my-follows-host")).to_have_count(0)
    await expect(fan.get_by_test_id("enter-follow")).to_have_text("Follow")


async def test_who_may_not_come_in_is_told_why(evening: Evening, people: Pages) -> None:
    blocker = await people.open(evening.url)
    await _sign_in(blocker, "host")
    await press(blocker, "account")
    await blocker.get_by_test_id("block-handle").fill("@rude")
    await press(blocker, "block-add")
    await expect(blocker.get_by_test_id("my-blocks-rude")).to_be_visible()
    rude = await people.open(f"{evening.url}/room/{evening.pre}")
    await walk_in(rude, "rude")
    await expect(rude.get_by_test_id("away")).to_contain_text("You are blocked")
    await expect(rude.get_by_role("button", name="Come back in")).to_have_count(0)

    await evening.host.command(evening.pre, "lock", locked=True)
    late = await people.open(f"{evening.url}/room/{evening.pre}")
    await expect(late.get_by_test_id("enter-locked")).to_contain_text("locked")
    await walk_in(late, "late")
    await expect(late.get_by_test_id("away")).to_contain_text("locked")

    await press(blocker, "account")
    await press(blocker, "account")
    await blocker.get_by_test_id("my-blocks-rude").get_by_role("button").click()
    await expect(blocker.get_by_test_id("my-blocks-rude")).to_have_count(0)


async def test_who_one_is_comes_from_a_token_where_names_are_not_free(
    tmp_path: Path, people: Pages
) -> None:
    with running(tmp_path / "data", dev=False) as server:
        made = {
            who: afterparty("token", *arguments, "--data", server.data).stdout.strip()
            for who, arguments in {
                "host": ("named", "--name", "Named Host", "--grant", "host"),
                "guest": ("guest",),
                "nobody": (),
            }.items()
        }
        page = await people.open(server.url)
        await press(page, "start-space")
        await expect(page.get_by_test_id("signin-handle")).to_be_hidden()
        dialog = page.get_by_test_id("signin")
        for wrong, told in (("no token", "not an access token"), (made["nobody"], "by name")):
            await page.get_by_test_id("signin-token").fill(wrong)
            await press(page, "signin-go")
            await expect(dialog.get_by_test_id("trouble")).to_contain_text(told)
        await page.get_by_test_id("signin-token").fill(made["guest"])
        await press(page, "signin-go")
        await page.get_by_test_id("start-title").fill("By token")
        await page.get_by_test_id("start-later").check(force=True)
        await press(page, "start-create")
        await expect(page.get_by_test_id("trouble")).to_contain_text("grant")
        await page.keyboard.press("Escape")
        await press(page, "account", "sign-out", "account-signin")
        await page.get_by_test_id("signin-token").fill(made["host"])
        await press(page, "signin-go", "start-space")
        await page.get_by_test_id("start-title").fill("By token")
        await press(page, "start-create")
        await expect(page.get_by_test_id("seat-named")).to_contain_text("Named Host")
        # Once known, nobody is asked at the next door.
        await page.goto(page.url)
        await expect(page.get_by_test_id("enter-token")).to_be_hidden()
        await press(page, "start-listening")
        await expect(page.get_by_test_id("seat-named")).to_be_visible()


async def test_the_counts_are_explained(evening: Evening, people: Pages) -> None:
    await evening.join("one")
    page = await people.open(f"{evening.url}/room/{evening.pre}")
    await page.get_by_test_id("counts").locator("summary").click()
    for figure, wanted in {"listeners": "1", "participants": "1", "tuned_in": "1"}.items():
        await expect(page.get_by_test_id(f"count-{figure}")).to_have_text(wanted)
    await expect(page.get_by_test_id("counts")).to_contain_text("a person with three browsers")


async def test_a_phone_and_a_screen_reader_can_use_it(server: Server, people: Pages) -> None:
    page = await people.open(server.url, phone=True)
    title = "A title that is rather long for such a screen"
    await _plan(page, server.url, "narrow", title, topics="K-pop")
    for path in (page.url, server.url):
        await page.goto(path)
        shown = _card(page, title).or_(page.get_by_test_id("enter"))
        await expect(shown.first).to_be_visible()
        assert await page.evaluate(SIDEWAYS) <= 0
        assert await page.evaluate(UNNAMED) == []
    await press(page, "start-space")
    assert await page.evaluate(UNNAMED) == []
    await page.keyboard.press("Escape")
    await press(page, "account")
    assert await page.evaluate(SIDEWAYS) <= 0
    assert await page.evaluate(UNNAMED) == []
    await page.keyboard.press("Escape")
    card = _card(page, "rather long").get_by_role("link", name="A title")
    await card.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("enter")).to_be_visible()
