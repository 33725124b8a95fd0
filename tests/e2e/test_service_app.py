"""The installed command as a service app, over real sockets: what works, what is refused, what is written nowhere."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc.jwk import ECKey, RSAKey

from reconciler import cli
from reconciler.backends.okta import proof, service_app
from tests.support.leaks import files, leaks

from .conftest import Done, Organisation, Project, emulator, reply

APPS = "/api/v1/apps"
MCP, CUSTOM = "okta.resourceServers.mcpServers", "okta.authorizationServers"
ALL = tuple(f"{area}.{verb}" for area in (MCP, CUSTOM) for verb in ("read", "manage"))
PASSPHRASE = "canary-passphrase-77"
KEY = ec.generate_private_key(ec.SECP384R1())


def pem(key, passphrase: str | None = None) -> str:
    lock = s.BestAvailableEncryption(passphrase.encode()) if passphrase else s.NoEncryption()
    return key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, lock).decode()


def public(key, kid: str) -> dict[str, str]:
    text = key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)
    found = (RSAKey if isinstance(key, rsa.RSAPrivateKey) else ECKey).import_key(text).as_dict(private=False)
    return {**found, "kid": kid, "use": "sig"}


@dataclass(frozen=True)
class App:
    """A service app, made as an administrator makes it."""

    id: str
    organisation: Organisation

    def grant(self, *scopes: str) -> None:
        for scope in scopes:
            grant = {"scopeId": scope, "issuer": self.organisation.url}
            self.organisation.http.post(f"{APPS}/{self.id}/grants", json=grant).raise_for_status()

    def roles(self, *roles: str) -> None:
        self.organisation.http.put(f"/_emulator/roles/{self.id}", json={"roles": roles}).raise_for_status()


def make_app(organisation: Organisation, *scopes: str, key=KEY, label: str = "Pipeline") -> App:
    """With everything that the console gives to a new service app: DPoP as the organisation has it by default."""
    client = {"token_endpoint_auth_method": "private_key_jwt"}
    settings = {"application_type": "service", "grant_types": ["client_credentials"], "response_types": ["token"]}
    body = {
        "name": "oidc_client",
        "label": label,
        "signOnMode": "OPENID_CONNECT",
        "credentials": {"oauthClient": client},
        "settings": {"oauthClient": {**settings, "jwks": {"keys": [public(key, "ci")]}}},
    }
    answer = organisation.http.post(APPS, json=body)
    assert answer.status_code == 200, answer.text
    app = App(answer.json()["id"], organisation)
    app.grant(*scopes)
    app.roles("SUPER_ADMIN")
    return app


def configure(project: Project, url: str, app: str, more: str = "", key: str = "{fromEnv: OKTA_KEY}") -> None:
    (project.root / "reconciler.yaml").write_text(
        "probe: {gate: 'off'}\n"  # the servers of these stories exist on paper only
        f"environments:\n  local:\n    target:\n      type: okta\n      orgUrl: {url}\n      auth:\n"
        f"        serviceApp: {{clientId: {app}, privateKey: {key}, keyId: ci{more}}}\n",
        encoding="utf-8",
    )


def test_a_service_app_plans_applies_and_plans_nothing_more(serve, project):
    organisation = serve("--operation-delay", "0", "--switch", "dpop-default=on", "--switch", "rate-limit=600")
    app = make_app(organisation, *ALL)
    configure(project, organisation.url, app.id)
    env = {"OKTA_KEY": pem(KEY), "OKTA_API_TOKEN": None}
    planned = project.run("plan", "--detailed-exitcode", env=env)
    assert planned.code == 2
    assert "requests to apply, less than a minute and a half at 360 of the 600 a minute" in planned.out
    done = project.run("apply", "--auto-approve", env=env)
    assert done.code == 0, done.text
    assert organisation.statuses() == {"https://alpha.mcp.test/mcp": "ACTIVE"}
    again = project.run("plan", "--detailed-exitcode", env=env)
    assert (again.code, "No changes" in again.out) == (0, True)


@pytest.fixture
def here(project, monkeypatch, capsys):
    """Runs commands in this process, which spares the start of one; the organisation is on a socket all the same."""
    monkeypatch.chdir(project.root)
    monkeypatch.delenv("OKTA_API_TOKEN", raising=False)

    def run(*arguments: str, key: str | None = None) -> Done:
        monkeypatch.setenv("OKTA_KEY", key) if key is not None else monkeypatch.delenv("OKTA_KEY", raising=False)
        capsys.readouterr()
        code = cli.run(arguments)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        assert "has a bug" not in err
        return Done(code, out, err)

    return run


def test_scopes_may_be_cut_as_the_organisation_likes(serve, project, here):
    switches = ("--switch", "manage-includes-read=no", "--switch", "settings-scope=dedicated")
    organisation = serve("--operation-delay", "0", *switches)
    app = make_app(organisation, *ALL, "okta.resourceServers.operations.read")
    configure(project, organisation.url, app.id)
    done = here("apply", "--auto-approve", key=pem(KEY))
    assert done.code == 0, done.text
    assert organisation.statuses() == {"https://alpha.mcp.test/mcp": "ACTIVE"}


# -- bad input: a clear sentence, the right code, nothing half-sent ------------------------------------------------


@pytest.fixture(scope="module")
def shared_organisation() -> Iterator[Organisation]:
    """One of this module's own: others register servers in theirs, and empty it, apps included."""
    with emulator("--operation-delay", "0", "--switch", "max-servers=0") as served:
        yield served


@pytest.fixture(scope="module")
def shared_app(shared_organisation: Organisation) -> App:
    """An app that may only read, in an organisation that several tests look at."""
    return make_app(shared_organisation, f"{MCP}.read", label="Shared")


@pytest.fixture
def wired(shared_organisation, shared_app, project):
    """A project whose service app lacks nothing but what a test takes away; knows what was written meanwhile."""
    configure(project, shared_organisation.url, shared_app.id)
    shared_organisation.forget_requests()
    return project


def test_what_is_wrong_with_a_key_is_said_before_anything_is_sent(wired, shared_organisation, shared_app, here):
    cases = {
        "is not set": None,
        "is empty": "",
        "neither PEM nor a JWK": "00aToken",
        "1024 bits is too short": pem(rsa.generate_private_key(65537, 1024)),
        "it takes RSA, and EC on P-256, P-384 and P-521": pem(ed25519.Ed25519PrivateKey.generate()),
        "A key on this curve cannot sign for Okta": pem(ec.generate_private_key(ec.SECP256K1())),
        "public half": json.dumps(public(KEY, "ci")),
        "type 'oct' cannot sign": '{"kty": "oct", "k": "c2VjcmV0"}',
        "write `passphrase`": pem(KEY, PASSPHRASE),
    }
    for said, key in cases.items():
        done = here("plan", key=key)
        assert (done.code, said in done.err) == (3, True), done.text
    (wired.root / "keys").mkdir()
    configure(wired, shared_organisation.url, shared_app.id, key="{fromFile: keys}")
    done = here("plan")
    assert (done.code, "file keys cannot be read: it is a directory" in done.err) == (3, True)
    assert shared_organisation.http.get("/_emulator/requests").json()["total"] == 0


def test_a_key_file_may_be_encrypted_and_end_with_a_newline(wired, shared_organisation, shared_app, here):
    (wired.root / "key.pem").write_text(pem(KEY, PASSPHRASE) + "\n\n", encoding="utf-8")
    (wired.root / "phrase").write_text(PASSPHRASE + "\n", encoding="utf-8")
    key, phrase = "{fromFile: key.pem}", ", passphrase: {fromFile: phrase}"
    configure(wired, shared_organisation.url, shared_app.id, phrase, key)
    done = here("plan")
    assert done.code == 0, done.text


def test_a_key_that_the_app_does_not_know_is_explained(wired, here):
    done = here("plan", key=pem(ec.generate_private_key(ec.SECP384R1())))
    assert done.code == 8
    assert "invalid_client" in done.err
    assert "public half of `privateKey`" in done.err


def test_a_scope_that_was_not_granted_stops_an_apply_before_the_first_write(wired, shared_organisation, here):
    done = here("apply", "--auto-approve", key=pem(KEY))
    assert done.code == 8
    assert f"was not granted {MCP}.manage." in done.err
    families = shared_organisation.http.get("/_emulator/requests").json()["families"]
    assert families["mcp-servers"].keys() == {"GET"}
    assert sum(methods.get("POST", 0) for methods in families.values()) < 10, "tokens were asked for, and no more"
    assert shared_organisation.statuses() == {}


def test_a_role_that_is_missing_is_named(wired, shared_app, here):
    shared_app.roles("APP_ADMIN")
    try:
        done = here("plan", key=pem(KEY))
    finally:
        shared_app.roles("SUPER_ADMIN")
    assert done.code == 8
    assert "SUPER_ADMIN" in done.text
    assert "E0000006" in done.text


def test_a_clock_that_is_an_hour_off_is_explained(serve, project, here):
    organisation = serve("--switch", "clock-skew=3600")
    configure(project, organisation.url, make_app(organisation, *ALL).id)
    done = here("plan", key=pem(KEY))
    assert done.code == 8
    assert "60 minutes behind the organisation's" in done.err


def test_a_token_endpoint_that_answers_html_or_redirects_is_no_organisation(stub, project, here):
    html = stub(reply(200, "<html>Sign in</html>", "text/html"))
    configure(project, html.url, "0oa1a2b3c4")
    done = here("plan", key=pem(KEY))
    assert (done.code, "the body is no token response" in done.err) == (8, True)
    away = stub(reply(302, headers={"Location": html.url}))
    configure(project, away.url, "0oa1a2b3c4")
    done = here("plan", key=pem(KEY))
    assert (done.code, "redirects" in done.err) == (8, True)
    assert [path for _, path in html.asked + away.asked] == ["/oauth2/v1/token"] * 2


def test_http_to_another_machine_and_a_path_are_refused(project, here):
    for url in ("http://acme.okta.com", "https://acme.okta.com/admin"):
        configure(project, url, "0oa1a2b3c4")
        done = here("plan", key=pem(KEY))
        assert (done.code, "CNF004" in done.err) == (3, True)


# -- no secret anywhere --------------------------------------------------------------------------------------------


def test_no_artefact_of_a_whole_run_holds_a_secret_and_one_that_is_planted_is_found(serve, project, tmp_path_factory):
    state = tmp_path_factory.mktemp("okta") / "okta.sqlite"
    organisation = serve("--operation-delay", "0", "--switch", "dpop-default=on", "--state", str(state))
    app = make_app(organisation, *ALL)
    (project.root / "key.pem").write_text(pem(KEY, PASSPHRASE), encoding="utf-8")
    passphrase = ", passphrase: {fromEnv: OKTA_PASSPHRASE}"
    configure(project, organisation.url, app.id, passphrase, "{fromFile: key.pem}")
    env = {"OKTA_PASSPHRASE": PASSPHRASE, "OKTA_API_TOKEN": None}

    said = {}
    for name, arguments in {
        "plan": ("plan", "--verbose", "--out", "plan.json"),
        "apply": ("apply", "plan.json", "--verbose"),
        "stale apply": ("apply", "plan.json", "--format", "json"),
    }.items():
        done = project.run(*arguments, env=env)
        said[name] = done.text.encode()
    assert organisation.statuses() == {"https://alpha.mcp.test/mcp": "ACTIVE"}
    organisation.http.put(f"/_emulator/roles/{app.id}", json={"roles": []}).raise_for_status()
    said["refused"] = project.run("plan", "--verbose", env=env).text.encode()
    assert b"E0000006" in said["refused"]
    said["log"] = organisation.http.get("/api/v1/logs", params={"limit": 1000}).content

    body = "".join(pem(KEY).splitlines()[1:-1])
    locked = pem(KEY, PASSPHRASE).splitlines()[1:-1]
    secrets = {"passphrase": PASSPHRASE, "key": body[20:60], **{f"PEM line {i}": line for i, line in enumerate(locked)}}
    secrets |= {"encrypted key": (project.root / "key.pem").read_text().splitlines()[2]}
    artefacts = said | files(project.root, state.parent, but={"key.pem"})
    assert {Path(name).name for name in artefacts} >= {"plan.json", "okta.sqlite", "apply", "log"}
    assert leaks(artefacts, secrets) == []

    for planted in (PASSPHRASE, base64.b64encode(f"client:{PASSPHRASE}".encode()).decode(), quote(PASSPHRASE, safe="")):
        assert leaks({**artefacts, "planted": b"x" + planted.encode() + b"y"}, secrets) == [("planted", "passphrase")]
    project.write(
        (project.root / "registry.d" / "manifest.yaml")
        .read_text()
        .replace("displayName: alpha", f"displayName: {PASSPHRASE}")
    )
    shown = project.run("plan", env=env | {"OKTA_PASSPHRASE": PASSPHRASE})
    assert PASSPHRASE not in shown.text


@pytest.fixture
def minted(monkeypatch) -> dict[str, str]:
    """What comes to be only while a command runs: access tokens, and the private halves of keys for proofs."""
    found: dict[str, str] = {}
    read, make = service_app.access_token, proof.new_key

    def reading(*arguments, **options):
        token = read(*arguments, **options)
        found[f"token {len(found)}"] = token[0]
        return token

    def making():
        key = make()
        found[f"proof key {len(found)}"] = key.key.as_dict(private=True)["d"]
        return key

    monkeypatch.setattr(service_app, "access_token", reading)
    monkeypatch.setattr(proof, "new_key", making)
    return found


def test_nothing_that_is_minted_on_the_way_is_written_by_us_or_by_the_emulator(project, here, minted, tmp_path_factory):
    state, printed = tmp_path_factory.mktemp("okta") / "okta.sqlite", list[str]()
    switches = ("--switch", "dpop-default=on", "--switch", "rate-limit=0")
    with emulator("--operation-delay", "0", *switches, "--state", str(state), said=printed) as organisation:
        app = make_app(organisation, *ALL)
        configure(project, organisation.url, app.id)
        commands = (("plan", "--verbose"), ("apply", "--auto-approve", "--verbose", "--events", "events.jsonl"))
        said = {arguments[0]: here(*arguments, key=pem(KEY)) for arguments in commands}
        assert [done.code for done in said.values()] == [0, 0], said
        app.roles()
        said["refused"] = here("drift", "--verbose", "--format", "json", key=pem(KEY))
        assert said["refused"].code == 8
        log = organisation.http.get("/api/v1/logs", params={"limit": 1000}).content
    secrets = minted | {"service key": "".join(pem(KEY).splitlines()[1:-1])[20:60]}
    artefacts = {name: done.text.encode() for name, done in said.items()} | files(project.root, state.parent, but=set())
    artefacts |= {"log": log, "printed": "".join(printed).encode()}
    assert {name.split()[0] for name in secrets} == {"token", "proof", "service"}
    assert {Path(name).name for name in artefacts} >= {"events.jsonl", "okta.sqlite", "ledger.sqlite", "printed", "log"}
    assert leaks(artefacts, secrets) == []
    for name, secret in secrets.items():
        assert leaks({**artefacts, "planted": f"x{secret}y".encode()}, secrets) == [("planted", name)]
