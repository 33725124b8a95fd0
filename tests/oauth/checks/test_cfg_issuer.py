from datetime import date

import pytest

from reconciler.oauth.checks.cfg_issuer import redirect_fault
from reconciler.oauth.providers import Provider, Providers
from tests.support.defects import declared, defect, judge_world, more, prove, registration, static
from tests.support.readiness import AGENTS

KNOWN = Provider(name="Example", hosts=("example.com",), note="n", source="s", review_by=date(2026, 1, 1))

DEFECTS = [
    defect("CFG006", declared(id="aus1234567890abcdef")),
    defect("CFG008", declared(discovery="static")),
    defect("CFG009", static(grants=("authorization_code", "client_credentials"))),
    defect("CFG012", registration(scopes=("read write",)), also="ASM016", name="form"),
    defect("CFG012", registration(scopes=("read", "read")), name="twice"),
    defect("CFG012", registration(scopes=("*",)), also="ASM016", name="broad", weight="W"),
    defect("CFG013", registration(redirect_uris=("http://a.example/cb",))),
    defect("CFG015", static(review_by=date(2026, 1, 1)), name="late"),
    defect("CFG015", static(review_by=None), name="no-date"),
    defect("CFG015", static(source=None), name="no-source"),
    defect("CFG015", more(providers=Providers((KNOWN,))), name="provider"),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def test_nothing_written_is_nothing_judged():
    def bare(w):
        w.registration = w.static = None
        w.declared[AGENTS]["id"] = None

    verdicts = {f.id: f.verdict for f in judge_world(bare) if f.subject == AGENTS}
    assert [verdicts[code] for code in ("CFG006", "CFG008", "CFG009", "CFG012", "CFG013", "CFG015")] == ["skip"] * 6


@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("https://a.example/cb", ""),
        ("http://127.0.0.1:8080/cb", ""),
        ("http://[::1]/cb", ""),
        ("https://*.a.example/cb", "is a pattern"),
        ("https://a.example/cb#x", "has a fragment"),
        ("http://a.example/cb", "is neither https nor on this machine"),
        ("app:/cb", "is not an absolute URL"),
    ],
)
def test_redirect_uris_are_exact_and_secure(uri, fault):
    assert redirect_fault(uri) == fault
