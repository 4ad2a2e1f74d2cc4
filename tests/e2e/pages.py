"""Real Chromium for tests, and a page that has come into a room as somebody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright, expect
from tests.browser import CHROMIUM, SharedChromium

FLAGS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Keeps what the page has told in passing, which is gone from it after a few seconds.
KEEP_TOASTS = """
window.told = [];
new MutationObserver(changes => {
  for (const node of changes.flatMap(({addedNodes}) => [...addedNodes]))
    if (node.dataset?.testid === 'toast') window.told.push(node.textContent);
}).observe(document, {childList: true, subtree: true});
"""

# Pages ask for notices every 15 s. A test need not wait for that.
ASK_OFTEN = """
const {setTimeout: later} = window;
window.setTimeout = (what, ms, ...more) => later(what, ms === 15_000 ? 1_000 : ms, ...more);
"""


shared = SharedChromium(FLAGS)


@asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Browser]:
    """A browser of its own if it has flags of its own, otherwise the one that a module's tests
    share; what was opened in it is closed at the end."""
    async with async_playwright() as playwright:
        if flags:
            args = [*FLAGS, *flags]
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=args)
        else:
            browser = await playwright.chromium.connect(shared.address())
        try:
            yield browser
        finally:
            await browser.close()


class Faults(list[str]):
    """What went wrong in pages, to be found empty at the end."""

    def watch(self, page: Page) -> None:
        """Take note of every error that a page throws."""
        page.on("pageerror", lambda error: self.append(str(error)))


@asynccontextmanager
async def pages() -> AsyncIterator["Pages"]:
    """A browser whose pages are different people; no page may have thrown an error at the end."""
    async with chromium() as browser:
        found = Pages(browser)
        try:
            yield found
        except BaseException as error:
            error.add_note(f"errors in pages: {found.faults}")
            raise
        assert found.faults == []


class Pages:
    """Opens pages, each with storage of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.faults = Faults()

    async def open(self, url: str, *, phone: bool = False) -> Page:
        """A page at that address, of a computer or of a phone."""
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
        context = await self._browser.new_context(viewport=size)  # type: ignore[arg-type]
        await context.add_init_script(KEEP_TOASTS + ASK_OFTEN)
        page = await context.new_page()
        page.set_default_timeout(20_000)
        self.faults.watch(page)
        await page.goto(url)
        return page

    async def enter(self, url: str, room: str, handle: str | None, *, phone: bool = False) -> Page:
        """Come into a room as an account, or anonymously."""
        page = await self.open(f"{url}/room/{room}", phone=phone)
        await walk_in(page, handle)
        await expect(page.get_by_test_id("room-title")).to_be_visible()
        return page


async def walk_in(page: Page, handle: str | None) -> None:
    """Press the button of the page before a room."""
    if handle is None:
        await page.get_by_test_id("listen-anonymously").click()
    else:
        await page.get_by_test_id("enter-handle").fill(handle)
        await page.get_by_test_id("start-listening").click()


async def press(page: Page, *testids: str) -> None:
    """Click one thing after the other."""
    for testid in testids:
        await page.get_by_test_id(testid).click()


async def told(page: Page, words: str) -> None:
    """Wait until the page has told that in passing, now or before."""
    await page.wait_for_function("words => window.told.some(one => one.includes(words))", arg=words)


async def folded(page: Page) -> object:
    """The room as the page has it, after all the events that it was told."""
    return await page.evaluate("window.afterparty.session.room")
