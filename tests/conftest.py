"""What all tests share: how long a browser may take on a machine that has much else to do."""

from playwright.async_api import expect

expect.set_options(timeout=20_000)
