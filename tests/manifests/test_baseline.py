"""The baseline: what it may hold, everything that can be wrong with it, and that an edit keeps what people wrote."""

from datetime import date

import pytest

from reconciler.core.drift import Acceptance
from reconciler.kinds import KINDS
from reconciler.manifests import BASELINE_FILE
from reconciler.manifests.accept import accepting
from reconciler.manifests.baseline import read_baseline

DAY = date(2027, 6, 30)
ENTRY = Acceptance("McpServer.jira.displayName", "prod", "collab@example.com", "an incident", DAY, "Jira (old)")
WRITTEN = """\
# Ours. Ask Ann before you touch it.
apiVersion: reconciler/v1

accepted:
# the wiki team knows
- path: 'McpServer.wiki.state'   # quoted on purpose
  owner: wiki@example.com
  environment: prod
  live: INACTIVE
  expires: 2027-01-31
  reason: "moving"
"""


def read(root, text):
    (root / BASELINE_FILE).write_text(text)
    return read_baseline(root, BASELINE_FILE, KINDS)


def test_without_a_file_nothing_is_accepted(tmp_path):
    assert read_baseline(tmp_path, BASELINE_FILE, KINDS).entries == ()


def test_what_is_written_is_read_back(tmp_path):
    lists = Acceptance("AuthorizationServer.a.x", "prod", "o", "r", DAY, {"b": ["yes", 1, None, {"c": True}]})
    lacks = Acceptance("McpServer/ems1", "prod", "${var.o}", "012", DAY, None)
    found = read(tmp_path, accepting(None, [ENTRY, lists, lacks]))
    assert [each.code for each in found.faults] == ["MAN010"]  # a null inside a value is no YAML that we write
    plain = Acceptance(lists.path, "prod", "o", "r", DAY, {"b": ["yes", 1, {"c": True}]})
    found = read(tmp_path, accepting(None, [ENTRY, plain]))
    assert (found.entries, found.faults) == ((ENTRY, plain), ())


def test_an_entry_is_added_and_everything_else_stays_as_people_wrote_it(tmp_path):
    text = accepting(WRITTEN, [ENTRY])
    assert text.startswith(WRITTEN)
    assert text.removeprefix(WRITTEN) == (
        "- path: McpServer.jira.displayName\n"
        "  environment: prod\n"
        "  live: Jira (old)\n"
        "  owner: collab@example.com\n"
        "  reason: an incident\n"
        "  expires: 2027-06-30\n"
    )
    assert [each.path for each in read(tmp_path, text).entries] == ["McpServer.wiki.state", ENTRY.path]


def test_accepting_again_renews_the_entry_in_its_place_with_its_comments(tmp_path):
    again = Acceptance("McpServer.wiki.state", "prod", "wiki@example.com", "still moving", DAY, "INVALID")
    text = accepting(WRITTEN, [again])
    assert text == WRITTEN.replace("2027-01-31", "2027-06-30").replace("moving", "still moving").replace(
        "INACTIVE", "INVALID"
    )
    gone = Acceptance("McpServer.wiki.state", "prod", "wiki@example.com", "moving", DAY, None)
    assert "live" not in accepting(WRITTEN, [gone])
    other = Acceptance("McpServer.wiki.state", "dev", "wiki@example.com", "moving", DAY, "INACTIVE")
    assert len(read(tmp_path, accepting(WRITTEN, [other])).entries) == 2


def test_accepting_twice_the_same_changes_no_byte():
    once = accepting(WRITTEN, [ENTRY])
    assert accepting(once, [ENTRY]) == once
    indented = accepting(None, [ENTRY])
    assert accepting(indented, [ENTRY]) == indented


@pytest.mark.parametrize("text", ["apiVersion: reconciler/v1\n", "apiVersion: reconciler/v1\naccepted: []\n"])
def test_a_baseline_without_entries_gets_its_first(tmp_path, text):
    assert read(tmp_path, accepting(text, [ENTRY])).entries == (ENTRY,)


def entry(**changed):
    said = {"path": "McpServer.jira.x", "environment": "prod", "owner": "o", "reason": "r", "expires": "2027-01-01"}
    lines = "\n".join(f"    {key}: {value}" for key, value in (said | changed).items() if value is not None)
    return f"  -{lines[3:]}\n"


@pytest.mark.parametrize(
    ("entries", "code", "line"),
    [
        (entry(path="McpServr.jira.x"), "BSL003", 3),
        (entry(path="jira"), "BSL003", 3),
        (entry(path="McpServer.Jira"), "BSL003", 3),
        (entry(path="McpServer.jira..x"), "BSL003", 3),
        (entry(path="McpServer/"), "BSL003", 3),
        (entry(path="Nothing/ems1"), "BSL003", 3),
        (entry() + entry(), "BSL004", 8),
        (entry(owner=None), "MAN012", 3),
        (entry(expires="soon"), "MAN014", 7),
        (entry(expires="2027-02-30"), "MAN014", 7),
        (entry(note="x"), "MAN011", 8),
        (entry(live="ghp_abcdefghijklmnopqrstuvwxyz0123456789"), "CFG010", 8),
    ],
)
def test_each_mistake_has_its_code_and_its_line(tmp_path, entries, code, line):
    found = read(tmp_path, f"apiVersion: reconciler/v1\naccepted:\n{entries}")
    [fault] = found.faults
    assert (fault.code[:3], fault.source.line) == (code[:3], line), fault
    if code.startswith("BSL"):
        assert fault.code == code


@pytest.mark.parametrize("path", ["McpServer.jira", "McpServer.jira.authorizationServers.https://a.b/c", "McpServer/x"])
def test_every_form_of_path_that_drift_prints_is_taken(tmp_path, path):
    assert read(tmp_path, f"apiVersion: reconciler/v1\naccepted:\n{entry(path=path)}").faults == ()


def test_a_second_document_is_no_baseline(tmp_path):
    found = read(tmp_path, "apiVersion: reconciler/v1\n---\napiVersion: reconciler/v1\n")
    assert [each.code for each in found.faults] == ["BSL005"]


def test_what_is_no_yaml_is_told_with_its_place(tmp_path):
    found = read(tmp_path, "accepted: [\n")
    assert found.faults
    assert found.entries == ()


def test_a_link_that_leads_out_is_not_followed(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "elsewhere.yaml").write_text("apiVersion: reconciler/v1\n")
    (root / BASELINE_FILE).symlink_to(tmp_path / "elsewhere.yaml")
    assert [each.code for each in read_baseline(root, BASELINE_FILE, KINDS).faults] == ["YML003"]
