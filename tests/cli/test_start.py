"""What a process imports before it works: the time for that is paid by every run and by every test that starts one."""

import os
import subprocess
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from reconciler import cli
from reconciler.emulator.app import create_app
from reconciler.emulator.settings import DEFAULT_API_TOKEN, Settings
from tests.support.documents import pair

CONFIGURATION = """\
apiVersion: reconciler/v1
probe: {{gate: "off"}}
environments:
  local: {{target: {{type: okta, orgUrl: "{}", auth: {{apiToken: {{fromEnv: OKTA_API_TOKEN}}}}}}}}
defaultEnvironment: local
"""
PROGRAM = """\
import atexit, sys
from reconciler.__main__ import main
atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))
main()
"""
LIBRARIES = {"alembic", "cryptography", "deepdiff", "jinja2", "joserfc", "jsonschema", "psycopg", "rich", "ruamel.yaml"}
LIBRARIES |= {"cel_expr_python", "publicsuffixlist", "sqlalchemy", "waitress", "werkzeug"}
"""None of these is needed to read manifests, nor to compare them with an organisation."""
OTHERS = {
    f"reconciler.app.{name}" for name in ("adopting", "applying", "drifting", "offline", "readiness", "reference")
}
OTHERS |= {f"reconciler.core.{name}" for name in ("adoption", "drift", "event")}
OTHERS |= {f"reconciler.manifests.{name}" for name in ("baseline", "draft", "policies", "schema", "write")}
OTHERS |= {"reconciler.render.answers", "reconciler.render.report", "reconciler.render.shapes", "reconciler.policy"}
OTHERS |= {"reconciler.emulator", "reconciler.github", "reconciler.oauth", "reconciler.engine.drift"}
"""What other commands do, and what this project has none of: policies, a baseline."""
ORGANISATION = {"httpx", "reconciler.backends.okta", "reconciler.app.organisations", "reconciler.core.plan"}


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads along."""


@pytest.fixture
def project(tmp_path):
    """A project whose organisation answers over HTTP."""
    with make_server("127.0.0.1", 0, None, handler_class=Quiet) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        app = create_app(Settings(url, None, DEFAULT_API_TOKEN, {}, operation_delay=0, allow_loopback_http=True))
        server.set_app(app)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (tmp_path / "registry.d").mkdir()
        (tmp_path / "registry.d" / "tools.yaml").write_text(pair("tools", "Tools"))
        (tmp_path / "reconciler.yaml").write_text(CONFIGURATION.format(url))
        yield tmp_path
        server.shutdown()
        app.close()


def imported(folder, *command):
    """Run a command in a process of its own; give what it imported."""
    environment = os.environ | {"OKTA_API_TOKEN": DEFAULT_API_TOKEN}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_a_plan_imports_nothing_of_what_only_other_commands_need(project):
    assert imported(project, "plan") & (LIBRARIES | OTHERS) == set()


def test_validating_imports_nothing_of_an_organisation_nor_of_plans(project):
    assert imported(project, "validate") & (LIBRARIES | OTHERS | ORGANISATION) == set()


def test_an_apply_on_a_ledger_in_a_file_imports_nothing_of_the_other_database(project, monkeypatch):
    monkeypatch.setenv("OKTA_API_TOKEN", DEFAULT_API_TOKEN)
    assert cli.run(["apply", "--auto-approve", "--chdir", str(project)]) == 0  # makes the ledger, with its migrations
    others = {"alembic", "sqlalchemy.dialects.postgresql", "psycopg"}
    assert imported(project, "apply", "--auto-approve") & others == set()


def test_a_command_that_says_a_sentence_imports_no_models(tmp_path):
    assert {"pydantic", "pydantic_core", "yaml", "httpx"} & imported(tmp_path, "version") == set()
