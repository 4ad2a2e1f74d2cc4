"""A real page whose node is killed: it is in the room again, with sound, through another one."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect
from tests.e2e.conftest import open_evening, several_nodes
from tests.e2e.pages import FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# Settles when the page is in the room by another node than `before`, with sound.
BACK = """before => new Promise(done => {
  const look = () => {
    const {session, sound} = window.afterparty;
    const there = session.url !== before && session.state === 'connected';
    return there && sound.state === 'connected' ? done(session.url) : setTimeout(look, 50);
  };
  look();
})"""

READ = "async room => (await (await import('/js/wire/api.js')).room(room)).counts.participants"


async def test_a_page_comes_back_through_another_node(tmp_path: Path) -> None:
    with several_nodes(tmp_path / "data", 2) as nodes:
        alive, killed = nodes.urls
        async with open_evening(alive, "page") as evening, async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=[*FLAGS]
            )
            page = await browser.new_page()
            faults: list[str] = []
            page.on("pageerror", lambda error: faults.append(str(error)))
            await page.goto(f"{killed}/room/{evening.pre}")
            await page.get_by_test_id("enter-handle").fill("speaker")
            await page.get_by_test_id("start-listening").click()
            sound = page.get_by_test_id("sound-state")
            await expect(sound).to_have_attribute("data-state", "connected")
            before = await page.evaluate("window.afterparty.session.url")
            nodes.kill(killed)
            async with asyncio.timeout(60):
                after = await page.evaluate(BACK, before)
            assert after == f"{alive.replace('http', 'ws')}/v1/ws"
            assert await page.evaluate("window.afterparty.session.role") == "speaker"
            number = await evening.host.command(evening.pre, "invite", member="somebody")
            await page.wait_for_function(
                "number => window.afterparty.session.room.number >= number", arg=number
            )
            # The page's own server is gone for good: it reads from the node that took it in.
            await page.route(f"{killed}/**", lambda route: route.abort())
            assert await page.evaluate(READ, evening.pre) == 1
            assert faults == []
            await browser.close()
