"""The HTML report as a reader has it: in a browser, with a keyboard, in the dark, and with hostile text in it."""

from dataclasses import replace

import pytest

from reconciler.core.address import Address
from reconciler.render import report
from reconciler.render.review import review
from tests.support import spoilt
from tests.support.hostile import HOSTILE


def document(said="Tickets"):
    return report.render(review(spoilt.plan(said)))


@pytest.fixture
def opened(seen, tmp_path):
    seen.open(tmp_path / "report.html", document())
    return seen


ALL = ["McpServer.held", "McpServer.old", "AuthorizationServer.corp", "McpServer.jira"]


def test_the_page_asks_for_nothing_and_complains_about_nothing(opened):
    assert (opened.asked, opened.said) == ([], [])
    assert opened.shown() == ALL
    assert opened.page.locator("#shown").inner_text() == "4 of 4 changes shown"


def test_rows_are_filtered_by_action_risk_kind_and_text(opened):
    page = opened.page
    page.get_by_label("Action").select_option("create")
    assert opened.shown() == ["AuthorizationServer.corp"]
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("Risk").select_option("low")
    assert opened.shown() == ["McpServer.held", "McpServer.jira"]
    page.get_by_label("Kind").select_option("McpServer")
    page.get_by_label("Text").fill("PRM005 tickets")
    assert opened.shown() == ["McpServer.jira"]
    page.get_by_label("Text").fill("nothing like it")
    assert opened.shown() == []
    assert page.locator("#shown").inner_text() == "0 of 4 changes shown"


def test_what_goes_away_or_is_blocked_stands_open_and_the_rest_opens_by_keyboard(opened):
    page = opened.page
    states = {
        row.locator(".name").inner_text(): row.locator("details").get_attribute("open") is not None
        for row in page.locator(".row").all()
    }
    assert [name for name, is_open in states.items() if is_open] == ["McpServer.held", "McpServer.old"]
    jira = page.locator(".row", has_text="McpServer.jira").last.locator("details")
    jira.locator("summary").focus()
    page.keyboard.press("Enter")
    assert jira.get_attribute("open") is not None
    assert jira.locator("td.after").first.inner_text() == '"new Tickets"'
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "text"


def test_all_can_be_opened_and_closed_at_once(opened):
    page = opened.page
    page.get_by_role("button", name="Expand all").click()
    assert page.locator(".row details[open]").count() == 4
    page.get_by_role("button", name="Collapse all").click()
    assert page.locator(".row details[open]").count() == 0


def test_the_drawing_puts_what_is_needed_before_what_needs_it(opened):
    boxes = {
        text.split(" ")[-1]: box
        for box in opened.page.locator("svg g").all()
        for text in [box.locator("text").first.text_content()]
    }
    left = {name: boxes[name].bounding_box()["x"] for name in ("AuthorizationServer.corp", "McpServer.jira")}
    assert left["AuthorizationServer.corp"] < left["McpServer.jira"]
    assert opened.page.locator("svg path").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 380])
def test_a_checker_for_accessibility_finds_nothing_serious(seen, tmp_path, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    seen.page.emulate_media(color_scheme=scheme)
    seen.page.set_viewport_size({"width": width, "height": 900})
    seen.open(tmp_path / "report.html", document())
    seen.page.get_by_role("button", name="Expand all").click()
    # The checker is put into the page by the test; the page's own policy would forbid it a script tag.
    found = Axe().run(seen.page).response["violations"]
    serious = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}]
    assert serious == []
    overflow = seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0


def test_the_page_prints_open(opened):
    opened.page.emulate_media(media="print")
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened.page.locator(".row details[open]").count() == 4
    assert not opened.page.locator("form.filter").is_visible()


def all_at_once():
    """One page that holds every trick in every place, four rows and a problem a trick."""
    plans = [spoilt.plan(trick) for trick in HOSTILE]
    rows = tuple(
        replace(change, address=Address("McpServer", f"s{number}-{place}"), steps=())
        for number, plan in enumerate(plans)
        for place, change in enumerate(plan.changes)
    )
    problems = tuple(problem for plan in plans for problem in plan.problems)
    strays = tuple(stray for plan in plans for stray in plan.unmanaged)
    return report.render(review(replace(plans[0], changes=rows, problems=problems, unmanaged=strays)))


def test_hostile_text_stays_text_all_of_it_in_one_page(seen, tmp_path):
    """That each alone makes no element is shown by a parser, in `tests/render`."""
    seen.open(tmp_path / "report.html", all_at_once())
    assert seen.page.locator(".row").count() == 4 * len(HOSTILE)
    seen.page.get_by_role("button", name="Expand all").click()
    assert seen.active() == []


PLANTED = {
    "a script": "<script>document.title = 'taken'</script>",
    "an image with a handler": "<img src=x onerror=alert(1)>",
    "a handler on an element of ours": "<p onclick='alert(1)'>Tickets</p>",
    "a link": "<a href='https://evil.example'>Tickets</a>",
    "another base": "<base href='https://evil.example'>",
    "a form": "<form action='https://evil.example'></form>",
    "a style": "<style>*{display:none}</style>",
}


def test_what_is_active_would_be_seen(seen, tmp_path):
    for name, planted in PLANTED.items():
        seen.asked.clear()
        seen.said.clear()
        seen.open(tmp_path / "report.html", document().replace("</main>", f"{planted}</main>", 1))
        assert seen.active() != [], name


def test_thousands_of_rows_are_filtered_without_numbering_each_anew(seen, tmp_path):
    """Hiding list items costs a browser the square of their number; rows are none. No clock: it would never end."""
    one = next(iter(spoilt.plan().changes))
    changes = tuple(replace(one, address=Address("McpServer", f"s{n:04}"), steps=()) for n in range(3_000))
    seen.open(tmp_path / "report.html", report.render(review(replace(spoilt.plan(), changes=changes))))
    assert seen.page.locator("li.row").count() == 0
    seen.page.get_by_label("Text").fill("s2999")
    assert seen.shown() == ["McpServer.s2999"]
    assert seen.page.locator(".chunk:visible").count() == 1
