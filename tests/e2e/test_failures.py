"""What goes wrong while it runs: each trouble has its own exit code and a clear sentence; nothing is half-done."""

import email.utils
import json
import os
import signal
import socket
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from .conftest import PATIENCE, RECONCILER, TOKEN, Done, first_line, reply, running


def okta_error(code, summary="Said by the organisation"):
    return json.dumps({"errorCode": code, "errorSummary": summary, "errorId": "oae1", "errorCauses": []})


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def said_once(done: Done, *words: str):
    """Whether stderr says what and what to do, in a few lines, and stdout promises nothing."""
    for word in words:
        assert word in done.text
    assert "fix:" in done.err or "  " in done.out
    assert len(done.err.splitlines()) <= 6
    return True


def test_unreachable_organisation_is_8_and_names_the_host(project):
    project.target(f"http://127.0.0.1:{free_port()}")
    done = project.run("plan")
    assert done.code == 8
    assert said_once(done, "RUN008", "127.0.0.1 cannot be reached")
    assert done.out == ""


def test_wrong_token_is_8_and_is_not_repeated(project, organisation):
    project.target(organisation.url)
    organisation.forget_requests()
    done = project.run("plan", env={"OKTA_API_TOKEN": "00aVerySecretWrongToken"})
    assert done.code == 8
    assert said_once(done, "RUN081", "401", "E0000011")
    assert "VerySecret" not in done.text
    assert organisation.writes() == 0


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, okta_error("E0000006"), ("PLN005", "403", "E0000006", "role")),
        (404, okta_error("E0000008"), ("PLN005", "404", "E0000008")),
    ],
    ids=["403", "404 on the API"],
)
def test_kind_that_may_not_be_read_is_unknown_never_empty(project, stub, status, body, words):
    served = stub(reply(status, body))
    project.target(served.url)
    done = project.run("plan", "--detailed-exitcode")
    assert done.code == 8
    for word in words:
        assert word in done.text
    assert "create" not in done.out
    assert {method for method, _ in served.asked} == {"GET"}


def test_rate_limit_that_lasts_ends_after_a_few_polite_waits(project, stub):
    now = email.utils.formatdate(1_790_000_000, usegmt=True)
    headers = {"X-Rate-Limit-Limit": "60", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "1790000000"}

    def limited(handler):
        handler.date_time_string = lambda: now
        reply(429, okta_error("E0000047"), headers=headers)(handler)

    served = stub(limited)
    project.target(served.url)
    done = project.run("plan")
    assert done.code == 8
    assert said_once(done, "RUN084", "429", "E0000047")
    tries = Counter(path.partition("?")[0] for _method, path in served.asked)
    assert set(tries.values()) == {4}, "each reading gives up after a few tries"


def test_operation_that_fails_quotes_the_reason_and_activates_nothing(project, organisation):
    project.target(organisation.url)
    project.write(
        "apiVersion: reconciler/v1\nkind: AuthorizationServer\nmetadata: {name: a}\n"
        "spec: {type: external, issuer: 'https://auth.test'}\n---\n"
        "apiVersion: reconciler/v1\nkind: McpServer\nmetadata: {name: a}\n"
        f"spec: {{resourceUrl: 'http://127.0.0.1:{free_port()}/mcp', authorizationServers: [a]}}\n"
    )
    done = project.run("apply", "--auto-approve")
    assert done.code == 1
    for word in ("RUN088", "No authorization servers found", "metadata", "blocked     McpServer.a  activate"):
        assert word in done.out
    assert organisation.servers() == []


def test_one_broken_server_does_not_stop_the_others_and_is_7(project, organisation):
    project.target(organisation.url)
    project.servers("alpha", "beta")
    project.write(
        "apiVersion: reconciler/v1\nkind: AuthorizationServer\nmetadata: {name: broken}\n"
        "spec: {type: external, issuer: 'https://broken.test'}\n---\n"
        "apiVersion: reconciler/v1\nkind: McpServer\nmetadata: {name: broken}\n"
        f"spec: {{resourceUrl: 'http://127.0.0.1:{free_port()}/mcp', authorizationServers: [broken]}}\n",
        "broken.yaml",
    )
    done = project.run("apply", "--auto-approve", "--format", "json")
    assert done.code == 7
    outcomes = {step["step"]: step["outcome"] for step in done.json["steps"]}
    assert outcomes.pop("McpServer.broken/create") == "failed"
    assert outcomes.pop("McpServer.broken/activate") == "blocked"
    assert set(outcomes.values()) == {"done"}
    assert set(organisation.statuses().values()) == {"ACTIVE"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(200, '[{"id": "aus1", "name"', cut=500), ("RUN008", "connection failed")),
        (reply(200, "<html>Sign in to the hotel network</html>", "text/html"), ("RUN085",)),
    ],
    ids=["list cut off in the middle", "HTML instead of JSON"],
)
def test_answer_that_cannot_be_trusted_is_8_and_never_an_empty_organisation(project, stub, answer, words):
    served = stub(answer)
    project.target(served.url)
    done = project.run("apply", "--auto-approve")
    assert done.code == 8
    assert said_once(done, *words)
    assert done.out == ""
    assert {method for method, _ in served.asked} == {"GET"}


def test_operation_that_never_ends_is_given_up_after_the_wait_and_named(project, serve):
    organisation = serve("--operation-delay", "600")
    project.target(organisation.url)
    done = project.run("apply", "--auto-approve", "--wait", "1.5")
    assert done.code == 8
    for word in ("RUN089", "the end of an operation", "blocked     McpServer.alpha  activate"):
        assert word in done.out


# -- Ctrl-C --------------------------------------------------------------------------------------------------------


def until(process: subprocess.Popen[str], word: str):
    for line in process.stdout:
        if word in line:
            return
    pytest.fail(f"{word!r} was never said; {process.stderr.read()}")


def test_ctrl_c_finishes_steps_in_flight_and_a_following_apply_does_the_rest_once(project, serve):
    organisation = serve("--operation-delay", "0.3")
    names = ["alpha", "beta", "gamma", "delta"]
    project.servers(*names)
    project.target(organisation.url)
    with project.start("apply", "--auto-approve", "--parallelism", "1") as process:
        until(process, "done ")
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
    assert "Traceback" not in err
    assert "steps in flight are finished" in err
    assert "interrupted" in out
    before = organisation.statuses()
    assert 0 < len(before) < len(names)
    done = project.run("apply", "--auto-approve")
    assert done.code == 0
    assert organisation.statuses() == {f"https://{name}.mcp.test/mcp": "ACTIVE" for name in names}


def test_second_ctrl_c_does_not_wait_for_an_operation_that_never_ends(project, serve):
    organisation = serve("--operation-delay", "600")
    project.target(organisation.url)
    with project.start("apply", "--auto-approve") as process:
        until(process, "Plan: 1 to create")
        while organisation.writes() == 0:
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        assert "Once more" in process.stderr.readline()
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=10)
        assert process.returncode == 130
    assert "Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_emulator_ends_quietly(number):
    with running([str(RECONCILER), "emulator", "serve", "--port", "0"]) as process:
        assert first_line(process).startswith("http://127.0.0.1:")
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out, err) == (0, "", "")


# -- secrets -------------------------------------------------------------------------------------------------------


def directory(path: Path):
    path.mkdir()


SECRETS = {
    "unset": ("{fromEnv: OKTA_API_TOKEN}", None, None),
    "directory": ("{fromFile: token}", None, directory),
}


@pytest.mark.parametrize(("reference", "value", "make"), SECRETS.values(), ids=SECRETS)
def test_secret_that_cannot_be_had_is_3_and_nothing_is_sent(project, stub, reference, value, make):
    served = stub(reply(200, "[]"))
    project.target(served.url, reference)
    if make:
        make(project.root / "token")
    done = project.run("plan", env={"OKTA_API_TOKEN": value})
    assert done.code == 3
    assert said_once(done, "RUN031", "file token" if make else "environment variable OKTA_API_TOKEN")
    assert served.asked == []


def test_trailing_newline_of_a_secret_file_is_not_part_of_the_secret(project, organisation):
    (project.root / "token").write_text(f"{TOKEN}\n")
    project.target(organisation.url, "{fromFile: token}")
    assert project.run("plan").code == 0


def test_validate_needs_no_secret_and_no_organisation(project):
    project.target("https://acme.okta.test")
    assert project.run("validate", env={"OKTA_API_TOKEN": None}).code == 0
