"""What a reviewer has to know of a plan as a whole stands in every form of it, escaped, also where nothing changes."""

from reconciler.core.diagnostic import Diagnostic, Severity
from reconciler.core.plan import Plan
from reconciler.render import pull_request, report, terminal
from reconciler.render.review import review
from tests.support.build import TARGET

NOTE = Diagnostic("POL009", "Policies differ", "The policy <b>a</b> is new.", severity=Severity.WARNING, subject="a")
PLAN = Plan(TARGET, (), notes=(NOTE,))


def test_a_note_stands_in_every_form_and_in_nobodys_way():
    seen = review(PLAN)
    assert (seen.appliable, seen.findings) == (True, (NOTE,))
    assert "POL009 a: Policies differ. The policy <b>a</b> is new." in terminal.render(PLAN)
    comment = pull_request.render(seen, command="reconciler apply", limit=65_000)
    assert "POL009" in comment
    assert "`The policy <b>a</b> is new.`" in comment  # as code, where no markup counts
    page = report.render(seen)
    assert "To know" in page
    assert "<b>a</b>" not in page
    assert "POL009" not in terminal.render(Plan(TARGET, ()))
