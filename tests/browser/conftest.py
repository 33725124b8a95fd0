"""A real browser, without a network: whatever a page asks for but its own file is noted and refused."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


_OURS = {"script": 1, "style": 1, "meta": 4, "form": 1}
_ELEMENTS = """() => Object.fromEntries(
  ["script", "style", "meta", "base", "iframe", "img", "object", "embed", "link", "a", "textarea", "form", "video"]
  .map((name) => [name, document.querySelectorAll(name).length]))"""
_HANDLERS = """() => [...document.querySelectorAll("*")].flatMap((each) => [...each.attributes])
  .filter((each) => each.name.startsWith("on") || /^\\s*javascript:/i.test(each.value)).map((each) => each.name)"""


@dataclass
class Seen:
    """A page and what it did beside being shown."""

    page: "Page"
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def open(self, file: Path, html: str) -> None:
        file.write_text(html, encoding="utf-8")
        self.page.goto(file.as_uri())

    def active(self) -> list[str]:
        """Everything on the page that is no text and not ours, and whatever it has done."""
        counts = self.page.evaluate(_ELEMENTS)
        more = [f"{count} {name}" for name, count in counts.items() if count != _OURS.get(name, 0)]
        return [*more, *self.page.evaluate(_HANDLERS), *self.asked, *self.said]

    def shown(self) -> list[str]:
        """The names of the rows that can be seen."""
        return [row.inner_text() for row in self.page.locator(".row:visible .name").all()]


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.fail("The tests of the HTML report need Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture
def seen(chromium: "Browser") -> Iterator[Seen]:
    context = chromium.new_context(viewport={"width": 1100, "height": 900}, reduced_motion="reduce")
    watched = Seen(context.new_page())

    def refuse(route: "Route") -> None:
        if route.request.url.startswith("file:") and route.request.is_navigation_request():
            route.continue_()
            return
        watched.asked.append(route.request.url)
        route.abort()

    context.route("**/*", refuse)
    watched.page.on("console", lambda message: watched.said.append(message.text))
    watched.page.on("pageerror", lambda error: watched.said.append(str(error)))
    watched.page.on("dialog", lambda dialog: (watched.said.append(f"dialog {dialog.message}"), dialog.dismiss()))
    yield watched
    context.close()
