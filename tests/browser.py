"""Fixtures for tests in a real browser: Chromium as the system has it, driven by Playwright, and never the network.

Without Chromium these tests fail and say what is missing. LEGWISE_NO_BROWSER=1 leaves them out, and says so.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = (
    "These tests need the Chromium browser, and none was found.\n"
    "Install it (Debian, Ubuntu: apt-get install chromium), or name one with LEGWISE_CHROMIUM=/path/to/it.\n"
    "LEGWISE_NO_BROWSER=1 leaves these tests out; what people see in the HTML report is then not tested."
)


def is_left_out() -> bool:
    """Whether tests in the browser were asked to be left out."""
    return os.environ.get("LEGWISE_NO_BROWSER") == "1"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "browser: opens a page in Chromium")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that use the browser, and leave them out if that was asked for."""
    in_browser = [item for item in items if "chromium" in getattr(item, "fixturenames", ())]
    for item in in_browser:
        item.add_marker("browser")
    if is_left_out() and in_browser:
        config.hook.pytest_deselected(items=in_browser)
        items[:] = [item for item in items if item not in in_browser]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say that tests were left out, where it is read."""
    if is_left_out():
        terminalreporter.write_line("LEGWISE_NO_BROWSER=1: the tests in a browser were left out.", yellow=True)


# Not for the whole session: while Playwright runs, no other test can run an event loop.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser, started once for a file of tests."""
    path = os.environ.get("LEGWISE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None or not Path(path).exists():
        pytest.fail(MISSING, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Watched:
    """A page that remembers what it should never have done."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("popup", lambda popup: self.complaints.append(f"popup: {popup.url}"))


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Open HTML as a file, as from a USB stick; keyword arguments are those of a Playwright context."""
    contexts = []

    def open_(html: str, *, width: int = 1280, height: int = 800, **more: object) -> Watched:
        path = tmp_path / "report.html"
        path.write_text(html, encoding="utf-8")
        context = chromium.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.page.goto(path.as_uri())
        return watched

    yield open_
    for context in contexts:
        context.close()
