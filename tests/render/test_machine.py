import json

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Severity, Source
from reconciler.core.errors import PlanStale
from reconciler.core.lifecycle import State
from reconciler.core.plan import Create
from reconciler.core.result import Outcome, Result, StepResult
from reconciler.render import machine

FAULT = Diagnostic("A001", "Wrong", "It is.", subject="McpServer.jira").at(Source("a.yaml", 3, 5))
WARNING = Diagnostic("A002", "Odd", "It is.", "Look.", Severity.WARNING)
STEP = Create("McpServer.jira/create", Address("McpServer", "jira"), {}, State.ACTIVE)


def test_a_document_has_one_text():
    assert machine.dump({"b": 1, "a": "ü"}) == '{\n  "a": "ü",\n  "b": 1\n}\n'


def test_a_diagnostic_says_what_it_knows_and_leaves_out_the_rest():
    assert machine.diagnostic(FAULT) == {
        "code": "A001",
        "severity": "error",
        "summary": "Wrong",
        "detail": "It is.",
        "subject": "McpServer.jira",
        "source": {"file": "a.yaml", "line": 3, "column": 5},
    }
    assert machine.diagnostic(WARNING).keys() == {"code", "severity", "summary", "detail", "fix"}


def test_warnings_alone_are_valid():
    assert machine.diagnostics([WARNING])["valid"] is True
    assert machine.diagnostics([WARNING, FAULT])["valid"] is False


def test_what_stopped_a_run_carries_its_exit_code():
    assert machine.error(PlanStale("moved"))["error"]["exit_code"] == 4


def test_results_name_step_outcome_and_error():
    done = StepResult(STEP, Outcome.DONE, record="ems1", note="landed ACTIVE, moved to INACTIVE")
    failed = StepResult(STEP, Outcome.FAILED, error=PlanStale("moved"))
    shown = machine.result(Result((done, failed)))
    assert (shown["ok"], shown["exit_code"]) == (False, 7)
    assert shown["steps"][0] == {
        "step": "McpServer.jira/create",
        "address": "McpServer.jira",
        "op": "create",
        "outcome": "done",
        "record": "ems1",
        "note": "landed ACTIVE, moved to INACTIVE",
    }
    assert shown["steps"][1]["error"]["code"] == "RUN004"
    assert json.loads(machine.dump(shown)) == shown
