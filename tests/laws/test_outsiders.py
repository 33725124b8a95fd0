"""States that only the service makes, brought about from outside: by a web site that breaks and is mended."""

import http.server
import json
import threading

import pytest

from reconciler.core.errors import NotReady
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action
from reconciler.engine import scope
from reconciler.engine.apply import run
from reconciler.engine.perform import Performer
from reconciler.kinds import KINDS
from tests.support.build import discovered, mcp, planned, wish
from tests.support.emulated import Emulated
from tests.support.worlds import Story

RESOURCE, ISSUER = "/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server"


class Site:
    """An MCP server's metadata and that of its authorization server, on loopback."""

    def __init__(self) -> None:
        documents = self.documents = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(documents.get(self.path, {})).encode()
                self.send_response(200 if self.path in documents else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def publish(self, *more_issuers):
        issuers = [self.base, *more_issuers]
        self.documents[RESOURCE] = {"resource": f"{self.base}/mcp", "authorization_servers": issuers}
        self.documents[ISSUER] = {
            "issuer": self.base,
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "grant_types_supported": ["authorization_code", "refresh_token"],
        }

    def breaks(self):
        self.documents.clear()


@pytest.fixture
def site():
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    site.server.shutdown()
    site.server.server_close()
    thread.join()


@pytest.fixture
def organisation(request):
    with Emulated(**getattr(request, "param", {})) as emulated:
        yield emulated


def plan_of(organisation, desired):
    return planned(desired, organisation.backend.read(KINDS, scope.wanted(desired, KINDS, {})))


def apply(organisation, desired):
    plan = plan_of(organisation, desired)
    assert not plan.problems
    return plan, list(run(plan, Performer(organisation.backend, KINDS, organisation.clock)))


def wishes(site, **spec):
    url, issuer = f"{site.base}/mcp", site.base
    return wish(discovered(issuer=issuer), mcp(resourceUrl=url, **spec))


def status(organisation):
    [seen] = organisation.statuses().values()
    return seen


def test_a_server_that_fell_ill_stays_closed_while_broken_and_comes_back_when_mended(organisation, site):
    site.publish()
    desired = wishes(site)
    assert all(result.ok for result in apply(organisation, desired)[1])
    assert status(organisation) == "ACTIVE"

    site.breaks()
    organisation.look_again()
    assert status(organisation) == "INVALID"
    plan, results = apply(organisation, desired)
    assert [change.action for change in plan.effective] == [Action.REVALIDATE]
    assert [type(result.error) for result in results if result.error] == [NotReady]
    assert status(organisation) == "INVALID"

    site.publish()
    assert all(result.ok for result in apply(organisation, desired)[1])
    assert status(organisation) == "ACTIVE"
    assert plan_of(organisation, desired).is_empty


def test_registering_anew_leads_out_of_invalid_with_a_new_object(organisation, site):
    site.publish()
    desired = wishes(site, revalidate="reregister")
    apply(organisation, desired)
    [before] = organisation.statuses()
    site.breaks()
    organisation.look_again()
    site.publish()
    assert all(result.ok for result in apply(organisation, desired)[1])
    [after] = organisation.statuses()
    assert after != before
    assert status(organisation) == "ACTIVE"


@pytest.mark.parametrize("organisation", [{"register-failure": "keep-pending"}], indirect=True)
def test_a_registration_that_never_ends_is_no_success_and_is_led_on_when_it_does(organisation, site):
    desired = wishes(site)
    _, results = apply(organisation, desired)
    assert not any(result.ok for result in results)
    assert status(organisation) == "PENDING"
    site.publish()
    organisation.look_again()
    plan, results = apply(organisation, desired)
    assert [(change.action, change.state) for change in plan.effective] == [(Action.ACTIVATE, State.INACTIVE)]
    assert all(result.ok for result in results)
    assert status(organisation) == "ACTIVE"


def test_rows_that_the_organisation_found_by_itself_are_left_alone(organisation, site):
    site.publish("https://second.example.invalid")
    desired = wishes(site, description="Tickets")
    assert all(result.ok for result in apply(organisation, desired)[1])
    [rows] = organisation.issuers().values()
    assert rows == {site.base, "https://second.example.invalid"}
    assert plan_of(organisation, desired).is_empty
    changed = wishes(site, description="More tickets")
    assert all(result.ok for result in apply(organisation, changed)[1])
    assert list(organisation.issuers().values()) == [rows]


def test_a_registration_without_metadata_leaves_nothing_behind(organisation, site):
    _, results = apply(organisation, wishes(site))
    assert not any(result.ok for result in results)
    assert organisation.statuses() == {}
    organisation.put(Story((), (), ()))
