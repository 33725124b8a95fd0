"""How a service app comes by access tokens, with DPoP and without. What it signs is checked by another library."""

import base64
import email.utils
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reconciler.backends.okta.client import Client, Exchange
from reconciler.backends.okta.keys import read_key
from reconciler.backends.okta.service_app import Dpop, ServiceApp
from reconciler.core.errors import AnswerUnreadable, AuthenticationFailed, NotOffered, PermissionDenied, RemoteError

from .conftest import ORG, SERVERS, Script, okta_error

KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
TOKEN_URL = f"{ORG}/oauth2/v1/token"
MCP = "okta.resourceServers.mcpServers"
OK = httpx.Response(200, json={"data": []})


def token(value="at-1", kind="Bearer", seconds=3600, **headers):
    body = {"access_token": value, "token_type": kind, "expires_in": seconds, "scope": f"{MCP}.read"}
    return httpx.Response(200, json=body, headers=headers)


def denied(error, description="", status=400, **headers):
    return httpx.Response(status, json={"error": error, "error_description": description}, headers=headers)


def refused(challenge="Bearer", code="E0000011", **headers):
    answer = okta_error(401, code)
    answer.headers.update({"WWW-Authenticate": challenge, **headers})
    return answer


@pytest.fixture
def opened(clock):
    """A client of a service app that gets these answers, and the script that remembers what it asked."""

    def make(*answers, dpop=Dpop.AUTO, epoch=clock, areas=(MCP,)):
        script = Script(list(answers))
        app = ServiceApp("0oaApp", read_key(PEM, key_id="ci"), dpop, epoch)
        client = Client(ORG, app, clock, transport=httpx.MockTransport(script))
        return client, script

    return make


def form(request):
    return {name: value for name, [value] in parse_qs(request.read().decode()).items()}


def proof(request):
    """The claims of a proof, its signature checked with the key that it carries (RFC 9449 section 4.3)."""
    said = request.headers["DPoP"]
    header = jwt.get_unverified_header(said)
    assert (header["typ"], header["alg"]) == ("dpop+jwt", "ES256")
    assert not {"d", "p", "q", "k"} & header["jwk"].keys()
    key = jwt.PyJWK(header["jwk"]).key
    return jwt.decode(said, key, algorithms=["ES256"], options={"verify_iat": False})


# -- asking for a token --------------------------------------------------------------------------------------------


def test_client_signs_who_it_is_for_the_token_endpoint_of_the_organisation_itself(opened, clock):
    client, script = opened(token(), OK)
    client.need([MCP])
    [request] = script.asked
    assert (request.method, str(request.url)) == ("POST", TOKEN_URL)
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in request.headers
    said = form(request)
    assertion = said.pop("client_assertion")
    assert said == {
        "grant_type": "client_credentials",
        "scope": f"{MCP}.read",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    assert jwt.get_unverified_header(assertion)["kid"] == "ci"
    claims = jwt.decode(
        assertion, KEY.public_key(), algorithms=["ES256"], audience=TOKEN_URL, options={"verify_exp": False}
    )
    assert (claims["iss"], claims["sub"], claims["iat"]) == ("0oaApp", "0oaApp", int(clock.now()))
    assert 0 < claims["exp"] - claims["iat"] <= 3600
    assert claims["jti"]


def test_token_is_carried_by_requests_and_kept_until_shortly_before_its_end(opened, clock):
    client, script = opened(token("at-1"), OK, OK, token("at-2"), OK)
    client.need([MCP])
    client.send(Exchange("GET", SERVERS))
    clock.sleep(3500)
    client.send(Exchange("GET", SERVERS))
    assert [request.headers.get("Authorization") for request in script.asked] == [None, "Bearer at-1", "Bearer at-1"]
    clock.sleep(50)
    client.send(Exchange("GET", SERVERS))
    assert [request.headers.get("Authorization") for request in script.asked[3:]] == [None, "Bearer at-2"]


@pytest.mark.parametrize("seconds", [2, "soon", -5, None])
def test_life_of_a_token_may_be_short_or_senseless(seconds, opened, clock):
    client, _ = opened(token(seconds=seconds), OK)
    client.need([MCP])
    client.send(Exchange("GET", SERVERS))


def test_reads_ask_for_less_than_writes_and_nothing_is_asked_for_twice(opened):
    client, script = opened(token(), token(), token())
    client.need([MCP, "okta.apps"])
    client.need([MCP])
    client.need([MCP], write=True)
    client.need([MCP])
    client.need([MCP], write=True)
    assert [form(request)["scope"] for request in script.asked] == [
        f"okta.apps.read {MCP}.read",
        f"okta.apps.read {MCP}.manage",
    ]


def test_threads_share_one_token(opened):
    client, script = opened(token(), OK)
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: client.need([MCP]) or client.send(Exchange("GET", SERVERS)), range(20)))
    assert len([request for request in script.asked if request.method == "POST"]) == 1


def test_token_that_is_refused_is_renewed_once(opened):
    client, script = opened(token("at-1"), refused(), token("at-2"), OK)
    client.need([MCP])
    client.send(Exchange("POST", SERVERS, {}))
    assert [r.headers.get("Authorization") for r in script.asked] == [None, "Bearer at-1", None, "Bearer at-2"]


def test_token_that_goes_on_being_refused_is_an_error(opened):
    answers = [token("at-1"), refused(), token("at-2"), refused(), token("at-3"), refused()]
    client, script = opened(*answers)
    client.need([MCP])
    with pytest.raises(AuthenticationFailed):
        client.send(Exchange("GET", SERVERS))
    assert len(script.asked) <= 6


def test_feature_that_is_not_there_is_not_asked_for_with_another_token(opened):
    client, script = opened(token(), refused(code="E0000015"))
    client.need([MCP])
    with pytest.raises(NotOffered):
        client.send(Exchange("GET", SERVERS))
    assert len(script.asked) == 2


@pytest.mark.parametrize(
    "trouble",
    [httpx.ConnectError("refused"), httpx.ReadError("reset"), httpx.Response(502), okta_error(429, "E0000047")],
    ids=["refused", "reset", "502", "429"],
)
def test_token_endpoint_in_trouble_is_asked_again_a_few_times(trouble, opened):
    client, script = opened(trouble, trouble, token())
    client.need([MCP])
    assert len(script.asked) == 3
    client, script = opened(trouble)
    with pytest.raises(RemoteError):
        client.need([MCP])
    assert len(script.asked) == 4


# -- DPoP ----------------------------------------------------------------------------------------------------------

DEMANDS_PROOF = denied("invalid_dpop_proof", "The DPoP proof JWT header is missing.")
DEMANDS_NONCE = denied("use_dpop_nonce", "Authorization server requires nonce in DPoP proof.", **{"dpop-nonce": "n-1"})


def test_quirk_22_dpop_is_switched_on_when_the_app_demands_it(opened):
    client, script = opened(DEMANDS_PROOF, DEMANDS_NONCE, token("at-1", "DPoP"), OK)
    client.need([MCP])
    client.send(Exchange("GET", f"{SERVERS}?limit=200"))
    first, without_nonce, with_nonce, call = script.asked
    assert "DPoP" not in first.headers
    assert "nonce" not in proof(without_nonce)
    claims = proof(with_nonce)
    assert (claims["htm"], claims["htu"], claims["nonce"]) == ("POST", TOKEN_URL, "n-1")
    assert "ath" not in claims
    assert call.headers["Authorization"] == "DPoP at-1"
    said = proof(call)
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"at-1").digest()).rstrip(b"=").decode()
    assert (said["htm"], said["htu"], said["ath"]) == ("GET", f"{ORG}{SERVERS}", digest)
    assert (
        jwt.get_unverified_header(call.headers["DPoP"])["jwk"]
        == (jwt.get_unverified_header(with_nonce.headers["DPoP"])["jwk"])
    )
    assert len({proof(request)["jti"] for request in script.asked[1:]}) == 3


def test_dpop_is_there_from_the_first_request_when_it_is_required(opened):
    client, script = opened(DEMANDS_NONCE, token("at-1", "DPoP"), dpop=Dpop.REQUIRED)
    client.need([MCP])
    assert all("DPoP" in request.headers for request in script.asked)


def test_api_that_wants_a_nonce_of_its_own_gets_it(opened):
    wants = refused('DPoP error="use_dpop_nonce"', **{"DPoP-Nonce": "api-1"})
    client, script = opened(token("at-1", "DPoP"), wants, OK, dpop=Dpop.REQUIRED)
    client.need([MCP])
    client.send(Exchange("POST", SERVERS, {}))
    assert [proof(request).get("nonce") for request in script.asked] == [None, None, "api-1"]


def test_api_that_refuses_a_bearer_token_and_demands_dpop_gets_it(opened):
    client, script = opened(token("at-1"), refused("DPoP algs=ES256"), token("at-2", "DPoP"), OK)
    client.need([MCP])
    client.send(Exchange("GET", SERVERS))
    assert script.asked[-1].headers["Authorization"] == "DPoP at-2"


def test_dpop_that_may_not_be_used_is_explained(opened):
    client, _ = opened(DEMANDS_PROOF, dpop=Dpop.NEVER)
    with pytest.raises(AuthenticationFailed, match="invalid_dpop_proof") as raised:
        client.need([MCP])
    assert "dpop: auto" in raised.value.fix


def test_dpop_that_is_required_and_not_given_is_explained(opened):
    client, _ = opened(token("at-1", "Bearer"), dpop=Dpop.REQUIRED)
    with pytest.raises(AuthenticationFailed, match="`dpop: required`"):
        client.need([MCP])


def test_nonce_that_is_never_good_enough_is_given_up(opened):
    client, script = opened(DEMANDS_NONCE, dpop=Dpop.REQUIRED)
    with pytest.raises(AuthenticationFailed, match="use_dpop_nonce"):
        client.need([MCP])
    assert len(script.asked) == 2


# -- what goes wrong -----------------------------------------------------------------------------------------------


def test_scope_that_was_not_granted_is_named(opened):
    no = denied("invalid_scope", "One or more scopes are not configured for the authorization server resource.")
    client, script = opened(no, no, token())
    with pytest.raises(PermissionDenied, match=r"was not granted okta\.apps\.read\.") as raised:
        client.need([MCP, "okta.apps"])
    assert raised.value.exit_code == 8
    assert "Okta API Scopes" in raised.value.fix
    assert len(script.asked) == 3


def test_other_trouble_while_looking_for_the_scope_blames_no_scope(opened):
    client, _ = opened(denied("invalid_scope"), httpx.Response(502))
    with pytest.raises(PermissionDenied, match=rf"not granted okta\.apps\.read, {MCP}\.read\."):
        client.need([MCP, "okta.apps"])


def test_call_that_lacks_a_scope_or_a_role_says_which(opened):
    lacking = okta_error(403, "E0000006")
    client, _ = opened(token(), lacking)
    with pytest.raises(PermissionDenied) as raised:
        client.send(Exchange("GET", SERVERS))
    assert "SUPER_ADMIN" in raised.value.fix
    lacking.headers["WWW-Authenticate"] = 'Bearer error="insufficient_scope"'
    with pytest.raises(PermissionDenied) as raised:
        client.send(Exchange("POST", "/api/v1/authorizationServers", {}))
    assert "okta.authorizationServers.manage" in raised.value.fix


def test_key_that_does_not_match_the_app_is_explained(opened):
    client, _ = opened(denied("invalid_client", "The client_assertion signature is invalid.", 401))
    with pytest.raises(
        AuthenticationFailed, match=r"0oaApp no token .invalid_client: The client_assertion sig"
    ) as raised:
        client.need([MCP])
    assert "public half of `privateKey`" in raised.value.fix
    assert raised.value.exit_code == 8


@pytest.mark.parametrize(("skew", "said"), [(3600, "60 minutes ahead of"), (-3600, "60 minutes behind")])
def test_clock_that_is_an_hour_off_is_told_from_the_date_of_the_answer(skew, said, opened, clock):
    date = email.utils.formatdate(clock.now() - skew, usegmt=True)
    client, _ = opened(denied("invalid_client", "The client_assertion token is expired.", 401, Date=date))
    with pytest.raises(AuthenticationFailed, match=said) as raised:
        client.need([MCP])
    assert "Set this machine's clock" in raised.value.fix


@pytest.mark.parametrize("date", ["", "yesterday", None])
def test_answer_without_a_sensible_date_says_nothing_of_clocks(date, opened):
    headers = {} if date is None else {"Date": date}
    client, _ = opened(denied("invalid_client", **headers))
    with pytest.raises(AuthenticationFailed) as raised:
        client.need([MCP])
    assert "clock" not in raised.value.detail


@pytest.mark.parametrize("status", [200, 400, 404])
def test_token_endpoint_that_answers_html_is_said_to_do_so(status, opened):
    client, _ = opened(httpx.Response(status, text="<html>", headers={"Content-Type": "text/html; charset=utf-8"}))
    with pytest.raises(AnswerUnreadable, match="no token response" if status == 200 else "with text/html instead"):
        client.need([MCP])


def test_token_endpoint_of_a_host_that_is_no_organisation(opened):
    client, _ = opened(okta_error(404, "E0000008"))
    with pytest.raises(NotOffered):
        client.need([MCP])


@pytest.mark.parametrize(
    "body",
    [[], {}, {"access_token": 7, "token_type": "Bearer"}, {"access_token": "a\r\nb", "token_type": "Bearer"},
     {"access_token": "ä", "token_type": "Bearer"}, {"access_token": "a", "token_type": "mac"}, {"access_token": "a"}],
)  # fmt: skip
def test_token_response_of_another_shape_is_refused(body, opened):
    client, _ = opened(httpx.Response(200, json=body))
    with pytest.raises(AnswerUnreadable):
        client.need([MCP])


@pytest.mark.parametrize("target", ["https://evil.test/oauth2/v1/token", "/elsewhere"])
def test_organisation_that_redirects_gets_no_assertion_elsewhere(target, opened):
    client, script = opened(httpx.Response(302, headers={"Location": target}))
    with pytest.raises(RemoteError, match="redirects") as raised:
        client.need([MCP])
    assert raised.value.exit_code == 8
    assert [request.url.host for request in script.asked] == ["org.okta.test"]


def test_nothing_secret_is_in_any_text(opened):
    texts = []
    for answer in (denied("invalid_client", "no"), denied("invalid_scope"), httpx.Response(500), httpx.Response(200)):
        client, script = opened(answer)
        with pytest.raises(RemoteError) as raised:
            client.need([MCP])
        texts += [repr(raised.value), raised.value.detail, raised.value.fix, repr(client), repr(vars(client))]
        assertions = [form(request)["client_assertion"] for request in script.asked]
        assert not [text for text in texts for assertion in assertions if assertion in text]
    assert not [text for text in texts if "PRIVATE KEY" in text]


def test_token_endpoint_that_echoes_the_assertion_does_not_get_it_into_our_texts(opened):
    def echo(request):
        return denied("invalid_client", f"cannot read {form(request)['client_assertion']}")

    client, script = opened(echo)
    with pytest.raises(AuthenticationFailed) as raised:
        client.need([MCP])
    assert form(script.asked[0])["client_assertion"] not in raised.value.detail


def test_kind_that_is_out_of_reach_is_unreadable_and_not_asked_for(clock):
    from reconciler.backends.okta import OktaBackend, Settings
    from reconciler.kinds import KINDS

    def answer(request):
        if request.url.path != "/oauth2/v1/token":
            return httpx.Response(200, json={"data": []})
        return denied("invalid_scope") if "okta.authorizationServers" in form(request)["scope"] else token()

    script = Script([answer])
    app = ServiceApp("0oaApp", read_key(PEM), epoch=clock)
    kinds = {name: kind for name, kind in KINDS.items() if name in {"AuthorizationServer", "McpServer"}}
    with OktaBackend(Settings(ORG, app), clock, httpx.MockTransport(script)) as backend:
        live = backend.read(kinds, lambda _: True)
    assert list(live.unreadable) == ["AuthorizationServer"]
    assert "okta.authorizationServers.read" in live.unreadable["AuthorizationServer"].detail
    assert [request.url.path for request in script.asked if request.method == "GET"] == [SERVERS]


def test_preflight_names_what_a_write_would_lack_before_anything_is_written(clock):
    from reconciler.backends.okta import OktaBackend, Settings
    from reconciler.kinds import KINDS

    def answer(request):
        if request.url.path != "/oauth2/v1/token":
            return okta_error(403, "E0000006")
        return token()

    script = Script([answer])
    app = ServiceApp("0oaApp", read_key(PEM), epoch=clock)
    with (
        OktaBackend(Settings(ORG, app), clock, httpx.MockTransport(script)) as backend,
        pytest.raises(PermissionDenied) as raised,
    ):
        backend.preflight([KINDS["McpServer"]])
    assert "SUPER_ADMIN" in raised.value.fix
    assert json.dumps([r.method for r in script.asked]) == '["POST", "GET"]'
    assert form(script.asked[0])["scope"] == f"{MCP}.manage"


def test_one_who_only_looks_may_ask_for_a_token(clock):
    from reconciler.backends.okta import OktaReader, Settings
    from reconciler.kinds import KINDS

    def answer(request):
        return token() if request.url.path == "/oauth2/v1/token" else httpx.Response(200, json={"data": []})

    script = Script([answer])
    app = ServiceApp("0oaApp", read_key(PEM), epoch=clock)
    with OktaReader(Settings(ORG, app), clock, httpx.MockTransport(script)) as reader:
        reader.read({"McpServer": KINDS["McpServer"]}, lambda _: True)
    assert [request.method for request in script.asked] == ["POST", "GET"]
    assert form(script.asked[0])["scope"] == f"{MCP}.read"


# -- scopes that the organisation demands by name ------------------------------------------------------------------


def lacks(scope):
    answer = httpx.Response(403)
    answer.headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{scope}"'
    return answer


def test_scope_that_a_call_demands_by_name_is_asked_for(opened):
    settings = "okta.resourceServers.clientAuthSettings.manage"
    client, script = opened(token("at-1"), lacks(settings), token("at-2"), OK)
    client.need([MCP], write=True)
    client.send(Exchange("POST", "/resource-servers/api/v1/client-auth-settings", {}))
    assert form(script.asked[2])["scope"] == f"{settings} {MCP}.manage"
    assert script.asked[3].headers["Authorization"] == "Bearer at-2"
    client.need([MCP])
    assert len(script.asked) == 4


def test_reading_may_need_a_scope_of_its_own_beside_the_one_for_writing(opened):
    client, script = opened(token("at-1"), lacks(f"{MCP}.read"), token("at-2"), OK)
    client.need([MCP], write=True)
    client.send(Exchange("GET", SERVERS))
    assert form(script.asked[2])["scope"] == f"{MCP}.manage {MCP}.read"


@pytest.mark.parametrize("scope", [f"{MCP}.manage", "openid", "okta.everything", 'a"b', ""])
def test_reading_never_leads_to_a_scope_for_writing_or_to_one_that_is_not_oktas(scope, opened):
    client, script = opened(token("at-1"), lacks(scope))
    client.need([MCP])
    with pytest.raises(PermissionDenied):
        client.send(Exchange("GET", SERVERS))
    assert len(script.asked) == 2


def test_scope_that_is_demanded_and_not_granted_is_named(opened):
    client, script = opened(token("at-1"), lacks("okta.apps.read"), denied("invalid_scope"))
    client.need([MCP])
    with pytest.raises(PermissionDenied) as raised:
        client.send(Exchange("GET", SERVERS))
    assert "okta.apps.read" in raised.value.fix
    client, script = opened(token("at-1"), lacks("okta.apps.read"), token("at-2"), lacks("okta.apps.read"))
    client.need([MCP])
    with pytest.raises(PermissionDenied):
        client.send(Exchange("GET", SERVERS))
    assert len(script.asked) == 4


def test_each_try_signs_anew_since_an_assertion_is_good_for_one_use(opened):
    client, script = opened(httpx.ReadError("reset"), DEMANDS_NONCE, token("at-1", "DPoP"), dpop=Dpop.REQUIRED)
    client.need([MCP])
    assert len({form(request)["client_assertion"] for request in script.asked}) == 3
    assert len({proof(request)["jti"] for request in script.asked}) == 3
