from dataclasses import replace

import pytest

from reconciler.core.evidence import Reply, Unanswered
from reconciler.oauth.checks.end import oauth_error
from reconciler.oauth.providers import Provider, Providers
from tests.support.defects import defect, endpoint, judge_world, more, prove, static
from tests.support.readiness import IDP, ISSUER, NOW, reply

TOKEN, AUTHORIZE = f"{ISSUER}/token", f"{ISSUER}/authorize"
FORM = b"error=bad_verification_code&error_description=no"
TIMEOUT = Reply(TOKEN, unanswered=Unanswered.TIMEOUT)


def error(code, status=400, **headers):
    return reply(TOKEN, status, {"error": code}, **({"cache_control": "no-store"} | headers))


def form(status=200):
    return reply(TOKEN, status, FORM, content_type="application/x-www-form-urlencoded", cache_control="no-store")


def touched(w):
    w.idp.replies["jwks"] = replace(w.idp.evidence().jwks, url=f"{ISSUER}/register")


DEFECTS = [
    defect(
        "END001", endpoint(token_code=reply(TOKEN, 404, b"<p>", cache_control="no-store"), token_jwt=None), weight="E"
    ),
    defect("END001", endpoint(token_code=error("invalid_grant", 200), token_jwt=None), weight="W", name="200"),
    defect("END001", endpoint(token_code=error("odd"), token_jwt=None), weight="W", name="unregistered"),
    defect("END001", endpoint(token_code=form(400), token_jwt=None), also="END008", weight="W", name="form"),
    defect("END002", endpoint(token_code=error("invalid_grant", cache_control="private"))),
    defect("END003", endpoint(token_get=reply(TOKEN, 200))),
    defect("END004", endpoint(authorize=reply(AUTHORIZE, 404)), weight="E", name="gone"),
    defect("END004", endpoint(authorize=reply(AUTHORIZE, 500)), weight="E", name="broken"),
    defect(
        "END004", endpoint(authorize=reply(AUTHORIZE, 302, location="https://x.example.net/")), weight="W", name="away"
    ),
    defect("END005", endpoint(foreign=reply(AUTHORIZE, 302, location="https://client.invalid/callback?error=x"))),
    defect("END006", endpoint(token_jwt=error("unsupported_grant_type"))),
    defect("END007", endpoint(token_exchange=error("unsupported_grant_type"))),
    defect("END008", endpoint(token_code=form())),
    defect("END009", touched),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("END") and f.subject == IDP}


def test_unasked_is_unknown_or_skipped():
    nothing = endpoint(
        **dict.fromkeys(("authorize", "foreign", "token_get", "token_code", "token_jwt", "token_exchange"))
    )
    found = verdicts(nothing)
    assert {code: f.verdict for code, f in found.items()} == {
        **dict.fromkeys(("END001", "END002", "END003", "END004", "END008"), "unknown"),
        **dict.fromkeys(("END005", "END006", "END007"), "skip"),
        "END009": "pass",
    }
    assert {f.verdict for f in verdicts(more(issuers={})).values()} == {"unknown", "skip", "pass"}


def test_silence_is_unknown():
    quiet = endpoint(
        **dict.fromkeys(("authorize", "foreign", "token_get", "token_code", "token_jwt", "token_exchange"), TIMEOUT)
    )
    found = verdicts(quiet)
    assert {f.verdict for code, f in found.items() if code != "END009"} == {"unknown"}


@pytest.mark.parametrize("place", ["/login", "https://login.example.com/", ""])
def test_a_redirect_on_the_same_site_is_alive(place):
    assert verdicts(endpoint(authorize=reply(AUTHORIZE, 302, location=place)))["END004"].verdict == "pass"


@pytest.mark.parametrize("knob", [static(accept_json=True), None])
def test_a_form_is_no_surprise_where_it_is_known(knob):
    row = Provider(name="E", issuers=(ISSUER,), accept_json=True, note="n", source="s", review_by=NOW.date())
    found = verdicts(endpoint(token_code=form()), knob or more(providers=Providers((row,))))
    assert found["END008"].observed == "form-encoded, known"


@pytest.mark.parametrize(
    ("code", "verdict"), [("invalid_grant", "pass"), ("invalid_client", "unknown"), ("unauthorized_client", "unknown")]
)
def test_only_some_errors_tell_whether_a_grant_is_known(code, verdict):
    assert verdicts(endpoint(token_jwt=error(code)))["END006"].verdict == verdict


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"error": "a"}', "a"),
        (FORM, "bad_verification_code"),
        (b"<html>error=a", None),
        (b'{"error": 1}', None),
        (b"", None),
    ],
)
def test_an_error_is_read_out_of_json_or_a_form(body, found):
    assert oauth_error(Reply(TOKEN, 400, body=body)) == found
