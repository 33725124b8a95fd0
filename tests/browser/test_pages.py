"""The pages of drift and probe as a reader has them: in the dark, on a telephone, and with hostile text."""

import pytest

from reconciler.render import report
from tests.support import spoilt
from tests.support.hostile import HOSTILE

PAGES = {
    "drift": lambda said: report.of_drift(spoilt.drift(said)),
    "probe": lambda said: report.of_probe(spoilt.letters(said), spoilt.CHECKS),
}


@pytest.fixture(params=PAGES)
def page(request, seen, tmp_path):
    seen.open(tmp_path / "page.html", PAGES[request.param]("Tickets"))
    return seen


def test_a_page_asks_for_nothing_complains_about_nothing_and_counts_its_rows(page):
    assert (page.asked, page.said) == ([], [])
    number = page.page.locator(".row").count()
    assert page.page.locator("#shown").inner_text().startswith(f"{number} of {number} ")


def test_drift_is_filtered_and_what_alarms_comes_first_and_open(seen, tmp_path):
    seen.open(tmp_path / "drift.html", PAGES["drift"]("Tickets"))
    assert seen.page.locator(".row .risk").all_inner_texts()[:2] == ["expired", "new"]
    assert seen.page.locator(".row details[open]").count() == 2
    seen.page.get_by_label("Standing").select_option("accepted")
    assert seen.shown() == ["McpServer.jira.Tickets"]
    seen.page.get_by_role("button", name="Expand all").click()
    assert seen.page.locator(".row:visible").get_by_text("Accepted until 2027-06-30 by Tickets").is_visible()


def test_a_probe_shows_the_worst_first_and_each_failure_with_its_fix(seen, tmp_path):
    seen.open(tmp_path / "probe.html", PAGES["probe"]("Tickets"))
    assert seen.page.locator(".row .risk.high").first.inner_text() == "not ready"
    assert seen.page.get_by_text("Fix: Repair PRM001.").is_visible()
    seen.page.get_by_label("Verdict").select_option("unknown")
    assert seen.shown() == ["https://u"]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1100), ("dark", 380)])
def test_a_checker_for_accessibility_finds_nothing_serious(page, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    page.page.emulate_media(color_scheme=scheme)
    page.page.set_viewport_size({"width": width, "height": 900})
    page.page.get_by_role("button", name="Expand all").click()
    found = Axe().run(page.page).response["violations"]
    serious = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}]
    assert serious == []
    overflow = page.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0


@pytest.mark.parametrize("name", PAGES)
def test_hostile_text_stays_text(seen, tmp_path, name):
    """Every trick in one page; that each alone makes no element is shown by a parser, in `tests/render`."""
    seen.open(tmp_path / "page.html", PAGES[name](" ".join(HOSTILE)))
    assert seen.active() == []
