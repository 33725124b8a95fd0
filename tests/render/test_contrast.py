"""The difference of two plans as text: both sides of every path, nothing unescaped, and one line that counts."""

from reconciler.core.difference import Difference, PathDifference, Side
from reconciler.core.errors import NotPromotable, PlanDiffers, PlanStale
from reconciler.core.plan import FieldChange
from reconciler.render import machine
from reconciler.render.contrast import render


def test_every_side_and_every_kind_of_path_is_told():
    change = FieldChange(("a",), "change", "x\x1b", "y")
    paths = (
        PathDifference("a", change, FieldChange(("a",), "add", after=1)),
        PathDifference("b", FieldChange(("b",), "remove", before=2), None),
    )
    found = (
        Difference("McpServer.a", Side.CHANGED, "update", "update", paths),
        Difference("McpServer.b", Side.GONE, "update"),
        Difference("McpServer.c", Side.ADDED, now="create"),
    )
    assert render(found).splitlines() == [
        "Approved plan and plan of now:",
        "~ McpServer.a  update",
        "    a",
        r'      approved: "x\u001b" -> "y"',
        "      now:      add 1",
        "    b",
        "      approved: remove 2",
        "      now:      nothing",
        "- McpServer.b  approved: update; now: nothing",
        "+ McpServer.c  approved: nothing; now: create",
        "3 differences: 1 added, 1 gone, 1 changed.",
    ]


def test_an_error_carries_the_differences_as_json_where_there_are_any():
    found = (Difference("McpServer.b", Side.GONE, "update"),)
    told = machine.error(PlanDiffers("It moved.", found))
    assert (told["error"]["exit_code"], told["differences"][0]["side"]) == (4, "gone")
    assert "differences" not in machine.error(PlanStale("It moved."))


def test_what_cannot_be_promoted_is_refused_with_what_differs():
    stopped = NotPromotable("More differs.", ("a", "b"), fix="Apply it first.")
    assert (stopped.exit_code, stopped.differences, stopped.diagnostic.fix) == (5, ("a", "b"), "Apply it first.")
