"""What a person and a machine are told about documents for what is there already."""

from reconciler.core.address import Address
from reconciler.core.adoption import Adopted, Proposal
from reconciler.core.diagnostic import Diagnostic
from reconciler.render.adoption import render, to_answer
from reconciler.render.shapes import dumped
from tests.support.build import external, live, mcp, planned, raw_mcp, wish

JIRA, IDP = Address("McpServer", "jira"), Address("AuthorizationServer", "idp")
[RECORD] = live([raw_mcp()]).of("McpServer")
DOCUMENTS = (Adopted(IDP, {"type": "external"}), Adopted(JIRA, {"requires": ["xaa"]}, RECORD))
FILES = {IDP: "registry.d/all.yaml", JIRA: "registry.d/all.yaml"}
EMPTY = planned(wish(), live())


def test_each_document_stands_with_its_object_and_its_file():
    assert render(Proposal(DOCUMENTS, files=FILES, plan=EMPTY), written=True) == (
        "= AuthorizationServer.idp  (no object of its own)  registry.d/all.yaml\n"
        "= McpServer.jira           emsjira0000000000000    registry.d/all.yaml\n"
        "\n"
        "Imported 1 object: 2 documents in 1 file.\n"
        "The next plan has nothing to do for them.\n"
    )


def test_a_proposal_without_a_plan_says_nothing_about_it():
    assert (
        render(Proposal(DOCUMENTS), written=False).splitlines()[-1] == "Would import 1 object: 2 documents in 0 files."
    )


def test_what_the_next_plan_proposes_is_told():
    plan = planned(wish(mcp("jira"), external()), live([raw_mcp(status="INACTIVE")]))
    text = render(Proposal(DOCUMENTS, plan=plan), written=True)
    assert "activate McpServer.jira" in text


def test_secrets_that_somebody_has_to_put_in_place_are_named():
    spec = {"clientSecret": {"fromEnv": "JIRA_SECRET", "generation": 1}, "keys": [{"fromFile": "\x1b[31mkey"}, "x"]}
    proposal = Proposal((Adopted(JIRA, spec),))
    text = render(proposal, written=True)
    assert "McpServer.jira needs its secret in fromEnv JIRA_SECRET before the next apply." in text
    assert "fromFile \\u001b[31mkey" in text
    assert len(to_answer(proposal, written=True).secrets) == 2


def test_nothing_to_import_is_one_sentence():
    assert render(Proposal(()), written=True).startswith("Nothing to import")


def test_machines_get_specs_and_diagnostics():
    note = Diagnostic("ADP010", "x", "y")
    said = dumped(to_answer(Proposal(DOCUMENTS, (note,), FILES, EMPTY), written=False))
    assert said["written"] is False
    assert said["changes_of_next_plan"] == 0
    assert [each["code"] for each in said["diagnostics"]] == ["ADP010"]
    assert said["documents"][1] == {
        "address": "McpServer.jira",
        "record": "emsjira0000000000000",
        "file": "registry.d/all.yaml",
        "spec": {"requires": ["xaa"]},
    }
    assert to_answer(Proposal(()), written=True).changes_of_next_plan is None
