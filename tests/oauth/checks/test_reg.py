import pytest

from reconciler.core.evidence import Reply, Unanswered
from tests.support.defects import defect, endpoint, judge_world, meta, prove, registration
from tests.support.readiness import AGENTS, CLIENT, IDP, reply

CIMD = "client_id_metadata_document_supported"
BASIC = ["client_secret_basic", "private_key_jwt"]


def closed(w):
    """No way to become a client."""
    w.registration = None
    w.idp.meta.pop("registration_endpoint")
    w.idp.meta.pop(CIMD)


def documented(**members):
    return lambda w: setattr(w.idp, "client", {**w.idp.client, **members})


DEFECTS = [
    defect("REG001", closed, also="XAA012"),
    defect("REG002", meta(token_endpoint_auth_methods_supported=BASIC)),
    defect("REG003", documented(client_id="https://x.example/"), name="other"),
    defect("REG003", documented(client_name=""), name="name"),
    defect("REG003", documented(redirect_uris=[]), name="redirect"),
    defect("REG003", endpoint(client=reply(CLIENT, 404)), name="missing"),
    defect("REG003", registration(client_id="https://app.example.com/"), name="path"),
    defect("REG003", registration(client_id="http://app.example.com/a"), name="http"),
    defect("REG004", meta(**{CIMD: None}), base=(registration(dynamic=True),)),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes, subject=IDP):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("REG") and f.subject == subject}


def test_every_way_is_named():
    assert verdicts()["REG001"].observed == "registered before, metadata document, dynamic"
    assert (
        verdicts(lambda w: w.okta.meta.clear() or w.okta.meta.update(issuer="a"), subject=AGENTS)["REG001"].verdict
        == "pass"
    )


def test_a_client_id_that_is_no_url_has_no_document():
    assert verdicts(registration(client_id="abc"))["REG003"].verdict == "skip"
    silent = endpoint(client=Reply(CLIENT, unanswered=Unanswered.TIMEOUT))
    assert verdicts(silent)["REG003"].verdict == "unknown"
    assert verdicts(endpoint(client=None))["REG003"].verdict == "unknown"


def test_what_is_not_announced_is_skipped():
    assert verdicts(meta(**{CIMD: None}))["REG002"].verdict == "skip"
