from dataclasses import replace

import pytest

from reconciler.oauth import Lock
from reconciler.oauth.checks.drf import digest
from tests.support.defects import defect, judge_world, meta, more, prm, prove
from tests.support.readiness import IDP, ISSUER, OKTA, SERVER, URL, approved

PROFILES = "authorization_grant_profiles_supported"


def locked(**members):
    """A lock that says something else about the external server."""

    def change(w):
        lock = approved()
        issuers = {**lock.issuers, ISSUER: replace(lock.issuers[ISSUER], **members)}
        w.more["lock"] = replace(lock, issuers=issuers)

    return change


DEFECTS = [
    defect("DRF001", prm(resource_name="Jira"), name="resource", locked=True),
    defect("DRF001", meta(service_documentation="https://idp.example.com/docs"), name="issuer", locked=True),
    defect("DRF002", prm(authorization_servers=[ISSUER, OKTA, "https://x.example"]), also="DRF001 PRM008", locked=True),
    defect("DRF003", locked(token_endpoint="https://old.example.com/token"), also="DRF004", locked=True),
    defect("DRF004", meta(**{PROFILES: None}), also="DRF001 XAA001 XAA003", locked=True),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def drift(*changes, subject=SERVER):
    return {f.id: f.verdict for f in judge_world(*changes, locked=True) if f.id[:3] == "DRF" and f.subject == subject}


def test_what_the_lock_does_not_know_is_skipped():
    assert drift(more(lock=Lock())) == {"DRF001": "skip", "DRF002": "skip", "DRF004": "skip"}
    assert drift(more(lock=Lock()), subject=IDP) == {"DRF001": "skip", "DRF003": "skip"}


def test_an_endpoint_that_was_not_approved_did_not_move():
    assert drift(locked(token_endpoint=None), subject=IDP)["DRF003"] == "pass"
    assert drift(meta(token_endpoint=None), subject=IDP)["DRF003"] == "pass"


def test_the_order_of_members_is_no_change():
    assert drift(lambda w: setattr(w, "prm", dict(reversed(w.prm.items())))) == {
        "DRF001": "pass",
        "DRF002": "pass",
        "DRF004": "pass",
    }
    assert (digest(None), approved().resources[URL].document) != (None, None)
