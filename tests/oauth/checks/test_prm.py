from dataclasses import replace

import pytest

from reconciler.core.evidence import Reply, Unanswered
from reconciler.oauth import Revision, Variant
from tests.support.defects import answers, declared, defect, everywhere, judge_world, more, prm, prove, target
from tests.support.readiness import AGENTS, IDP, ISSUER, OKTA, URL, reply

NOT_FOUND = everywhere(lambda old: reply(old.url, 404))


def at(variant, change):
    def spoil(w):
        for fetched in w.server().documents:
            if fetched.variant is variant:
                w.places[variant] = change(fetched.reply)

    return spoil


def without_hint(w):
    """The challenge names no metadata, so that only the well-known places count."""
    w.challenge = 'Bearer scope="read"'
    w.places[Variant.CHALLENGE] = reply(URL, 404)
    w.replies["discover"] = w.server().discover


def no_path(w):
    without_hint(w)
    at(Variant.PATH, lambda old: reply(old.url, 404))(w)


def lists(*issuers):
    return prm(authorization_servers=list(issuers))


def resource(text):
    """The metadata states another resource; the authorization servers protect it under that name."""

    def change(w):
        w.prm["resource"] = text
        for each in (w.idp, w.okta):
            each.meta["protected_resources"] = [text]

    return change


def root_of(**members):
    def change(w):
        w.places[Variant.ROOT] = reply(w.server().documents[1].reply.url, 200, {**w.prm, **members})

    return change


DEFECTS = [
    defect("PRM001", NOT_FOUND),
    defect("PRM002", no_path, also="WWA003"),
    defect("PRM003", at(Variant.PATH, lambda old: reply(old.url, 302)), also="PRM002", name="status"),
    defect("PRM003", at(Variant.ROOT, lambda old: replace(old, redirects=(old.url,))), name="followed"),
    defect("PRM004", prm(resource=[URL])),
    defect("PRM004", prm(resource=None), name="missing"),
    defect("PRM005", resource("https://mcp.example.com/mcp/"), also="XAA009", weight="W", name="slash"),
    defect("PRM005", resource("https://MCP.example.com/mcp"), also="XAA009", weight="W", name="case"),
    defect("PRM005", resource("https://mcp.example.com"), also="XAA009", weight="W", name="ancestor"),
    defect("PRM005", resource("https://mcp.example.com/mcp/v1"), also="XAA009", weight="E", name="descendant"),
    defect("PRM005", resource("https://mcp.example.com:8443/mcp"), also="XAA009", weight="E", name="port"),
    defect("PRM005", resource("https://x.example/mcp"), also="XAA009", weight="E", name="host"),
    defect("PRM006", resource("http://mcp.example.com/mcp"), also="PRM005 XAA009", name="http"),
    defect("PRM006", resource(f"{URL}#a"), also="PRM005 XAA009", name="fragment"),
    defect("PRM006", resource("mcp"), also="PRM005 XAA009", name="none"),
    defect("PRM007", lists(), also="PRM008 PRM014"),
    defect("PRM007", prm(authorization_servers=ISSUER), also="PRM008", name="text"),
    defect("PRM007", prm(authorization_servers=None), also="PRM008", name="missing"),
    defect("PRM007", lists(ISSUER, OKTA, "http://a.example"), also="PRM008", name="http"),
    defect("PRM008", lists(ISSUER), weight="E", name="missing"),
    defect("PRM008", lists(ISSUER, OKTA, "https://x.example"), weight="W", name="further"),
    defect("PRM009", lists(OKTA, ISSUER)),
    defect("PRM018", lambda w: w.idp.meta.update(protected_resources=["https://x.example/mcp"])),
    defect("PRM019", root_of(authorization_servers=[OKTA])),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("PRM")}


def test_the_relation_of_a_resource_is_said():
    assert verdicts()["PRM005"].relation == "identical"
    assert verdicts(resource(f"{URL}/"))["PRM005"].relation == "trailing-slash"


def test_metadata_may_be_missing_where_everything_is_static_or_the_revision_knows_none():
    bare = (NOT_FOUND,)
    assert verdicts(*bare, target(revision=Revision.M03))["PRM001"].verdict == "skip"
    mixed = (*bare, declared(IDP, discovery="static"))
    assert verdicts(*mixed)["PRM001"].verdict == "fail"
    static = (*bare, declared(IDP, discovery="static"), lambda w: w.declared.pop(AGENTS))
    assert verdicts(*static)["PRM001"].verdict == "skip"


@pytest.mark.parametrize("why", [Unanswered.TIMEOUT, Unanswered.BLOCKED, Unanswered.BUDGET])
def test_one_silent_candidate_makes_it_unknown(why):
    quiet = at(Variant.ROOT, lambda old: Reply(old.url, unanswered=why))
    found = verdicts(NOT_FOUND, quiet)
    assert found["PRM001"].verdict == "unknown"
    unknown = verdicts(everywhere(lambda old: Reply(old.url, unanswered=why)))
    assert {unknown[code].verdict for code in ("PRM001", "PRM003", "PRM005")} == {"unknown"}


def test_the_path_form_is_unknown_when_it_did_not_answer():
    quiet = at(Variant.PATH, lambda old: Reply(old.url, unanswered=Unanswered.TIMEOUT))
    assert verdicts(without_hint, quiet)["PRM002"].verdict == "unknown"


def test_a_server_at_the_root_has_no_path_form():
    root = "https://mcp.example.com"
    found = verdicts(target(url=root), prm(resource=root))
    assert (found["PRM002"].verdict, found["PRM005"].verdict, found["PRM019"].verdict) == ("skip", "pass", "skip")


def test_nothing_declared_is_nothing_to_compare():
    found = verdicts(lambda w: w.declared.clear())
    assert (found["PRM008"].verdict, found["PRM009"].verdict) == ("skip", "skip")
    assert verdicts(lists(ISSUER))["PRM009"].verdict == "skip"


def test_without_documents_their_content_is_skipped():
    found = verdicts(NOT_FOUND)
    assert {found[code].verdict for code in ("PRM002", "PRM004", "PRM005", "PRM007", "PRM008")} == {"skip"}
    assert verdicts(prm(resource=[URL]))["PRM006"].verdict == "skip"
    assert verdicts(more(server=None))["PRM019"].verdict == "skip"
    assert verdicts(answers(discover=None))["PRM001"].verdict == "pass"
