"""Runs, locks and memory as people read them."""

from reconciler.core.history import Lock, Run, line
from reconciler.core.journal import Phase
from reconciler.render import answers, history
from reconciler.render.shapes import dumped

RUN = Run(7, "prod", "sha256:1", "0123456789abcdef", "me@here", "1.0", 1_760_000_000.0, 1_760_000_060.0, "partial")
LOCK = Lock("https://a.okta.com", 12, "me@here", "apply", 7, 1_760_000_000.0, 1_760_000_030.0, 1_760_000_090.0)


def test_runs_are_a_table_and_none_is_a_sentence():
    assert history.runs([]) == "There has been no run yet."
    open_ = Run(8, "prod", "sha256:2", "", "you\x1b[31m", "1.0", 1_760_000_000.0, None, "running")
    assert history.runs([open_, RUN]).splitlines() == [
        "RUN  STARTED (UTC)        ENDED                OUTCOME  COMMIT        BY",
        "8    2025-10-09 08:53:20  -                    running  -             you\\u001b[31m",
        "7    2025-10-09 08:53:20  2025-10-09 08:54:20  partial  0123456789ab  me@here",
    ]


def test_changes_by_hand_stand_below_the_runs_each_with_what_it_changed_and_who_it_was():
    base = {"run": 0, "at": 1_760_000_000.0, "phase": Phase.BY_HAND, "actor": "me@here"}
    said = [
        {"seq": 9, "operation": "state unlock", "lock": 3, "of": 2, "holder": "you@there", **base},
        {"seq": 8, "operation": "state unlock", "lock": 2, "of": 0, "holder": "you@there", **base},
        {"seq": 7, "operation": "state forget", "address": "McpServer.b", "record": "ems1", **base},
        {"seq": 6, "operation": "state mv", "address": "McpServer.a", "to": "McpServer.b", "record": "ems1", **base},
    ]
    assert history.runs([], [line(each) for each in said]).splitlines() == [
        "There has been no run yet.",
        "",
        "BY HAND (UTC)        COMMAND       CHANGED                             BY",
        "2025-10-09 08:53:20  state unlock  lock 3 of run 2, held by you@there  me@here",
        "2025-10-09 08:53:20  state unlock  lock 2, held by you@there           me@here",
        "2025-10-09 08:53:20  state forget  McpServer.b (ems1)                  me@here",
        "2025-10-09 08:53:20  state mv      McpServer.a is McpServer.b (ems1)   me@here",
    ]


def test_a_run_is_told_line_by_line_with_its_request_ids():
    base = {"run": 7, "at": 1_760_000_000.0}
    said = [
        {"seq": 1, "phase": Phase.BEGUN, "actor": "me@here", **base},
        {"seq": 2, "phase": Phase.INTENT, "step": "McpServer.a/create", "method": "POST", "path": "/x", **base},
        {"seq": 3, "phase": Phase.ANSWERED, "step": "McpServer.a/create", "status": 202, "request": "req1", **base},
        {"seq": 4, "phase": Phase.ANSWERED, "step": "McpServer.b/update", **base},
    ]
    text = history.run(RUN, [line(each) for each in said])
    assert text.startswith("Run 7 of environment prod: partial\n  by       me@here\n  commit   0123456789abcdef\n")
    assert text.splitlines()[-3:] == [
        "2025-10-09 08:53:20  intent    McpServer.a/create  POST /x",
        "2025-10-09 08:53:20  answered  McpServer.a/create  202 req1",
        "2025-10-09 08:53:20  answered  McpServer.b/update  refused",
    ]


def test_a_lock_says_until_when_it_holds_or_that_it_has_run_out():
    assert history.locks([], 0.0) == "Nobody is writing."
    holds, over = (history.locks([LOCK], now) for now in (1_760_000_040.0, 1_760_000_091.0))
    assert "12     https://a.okta.com  run 7  2025-10-09 08:53:20" in holds
    assert "2025-10-09 08:54:50  me@here" in holds
    assert "run out" in over


def test_what_is_remembered_is_a_table_and_nothing_is_a_sentence():
    assert history.remembered({}) == "Nothing is remembered."
    found = {"McpServer.a": {"record": "ems1", "goal": "ACTIVE", "protected": True}, "McpServer.b": {"record": "ems2"}}
    assert history.remembered(found).splitlines() == [
        "ADDRESS      OBJECT  APPLIED AS",
        "McpServer.a  ems1    ACTIVE      protected",
        "McpServer.b  ems2    -",
    ]
    assert history.one("McpServer.a", {"record": "ems1"}) == 'McpServer.a\n{\n  "record": "ems1"\n}\n'


def test_a_history_that_holds_says_how_long_it_is():
    assert history.verdict(3) == "The history holds: 3 lines, none altered, none missing."


def test_machines_get_runs_and_locks_member_by_member():
    assert dumped(answers.runs([RUN], []))["runs"][0]["outcome"] == "partial"
    assert dumped(answers.Locks([LOCK]))["locks"][0]["fence"] == 12


def test_a_run_for_machines_has_its_lines_without_what_is_not_known_of_them():
    later = line({"seq": 1, "run": 7, "at": 1.0, "phase": "intent", "method": "PUT", "invented": "later"})
    shown = dumped(answers.run_shown(RUN, [later]))
    assert shown["lines"] == [{"seq": 1, "run": 7, "at": 1.0, "phase": "intent", "method": "PUT"}]
