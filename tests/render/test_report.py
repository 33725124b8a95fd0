"""The HTML report as text: one file, a policy that fits it, and nothing that is not escaped."""

import base64
import hashlib
import re

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.plan import Action, Change, Plan, Reason, Target
from reconciler.render import report
from reconciler.render.drawing import MOST, draw
from reconciler.render.review import review
from tests.support.build import external, live, mcp, planned, raw_mcp, wish

TARGET = Target("test", "memory", "memory:test")


def rendered(*changes):
    return report.render(review(Plan(TARGET, changes)))


def test_the_policy_allows_this_style_and_this_script_and_nothing_else():
    text = rendered()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1].replace("&#39;", "'")
    for name in ("style", "script"):
        inside = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "http" not in re.sub(r"xmlns=\S+", "", text.replace("http-equiv", ""))


def test_the_same_plan_gives_the_same_bytes():
    plan = planned(wish(external(), mcp(description="new")), live([raw_mcp(description="old")]))
    assert report.render(review(plan)) == report.render(review(plan))
    assert "<mark>new</mark>" in report.render(review(plan))


def test_what_stops_an_object_stands_in_its_row_too_and_its_badge_says_so():
    change = Change(Address("McpServer", "held"), Action.BLOCKED, Reason.PROTECTED)
    problem = Diagnostic("PLN004", "It is protected", "The plan would delete it.", subject="McpServer.held")
    apart = Diagnostic("PLN003", "Not there", "No aus1.", subject="AuthorizationServer.corp")
    text = report.render(review(Plan(TARGET, (change,), (problem, apart))))
    assert (text.count("The plan would delete it."), text.count("No aus1.")) == (2, 1)
    assert '<span class="risk high">blocked</span>' in text


def row(name, *needs):
    change = Change(Address("McpServer", name), Action.UPDATE, Reason.FIELDS_DIFFER)
    (found,) = review(Plan(TARGET, (change,))).rows
    return type(found)(**{each: getattr(found, each) for each in found.__slots__} | {"needs": needs})


def test_a_drawing_of_very_many_objects_says_how_many_it_leaves_out():
    drawing = draw([row(f"s{n}") for n in range(MOST + 7)])
    assert (len(drawing.nodes), drawing.left_out) == (MOST, 7)


def test_a_circle_is_drawn_and_a_need_outside_of_the_plan_is_not():
    drawing = draw([row("a", "McpServer.b", "McpServer.elsewhere"), row("b", "McpServer.a"), row("n" * 60)])
    assert len(drawing.edges) == 2
    assert [len(node.label) for node in drawing.nodes if node.label.endswith("…")] == [46]


def test_an_empty_drawing_has_a_size():
    assert draw([]).nodes == ()
