"""`reconciler github`, where there is no workflow, or not the right one."""

import json

import pytest

from tests.support.hub import hub


@pytest.fixture(scope="module")
def there():
    """A GitHub."""
    with hub() as made:
        yield made


@pytest.fixture
def runner(shop, monkeypatch, tmp_path):
    """Says that a workflow runs, for an event."""

    def started(name="pull_request", body=None, **more):
        event = tmp_path / "event.json"
        event.write_text(json.dumps(body or {}))
        named = {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(event), "GITHUB_SHA": "a" * 40, **more}
        for variable in ("GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            monkeypatch.delenv(variable, raising=False)
        for variable, value in named.items():
            monkeypatch.setenv(variable, value)
        return shop

    return started


def pull(fork="acme/registry"):
    head = {"sha": "b" * 40, "repo": {"full_name": fork} if fork else None}
    return {"repository": {"full_name": "acme/registry"}, "pull_request": {"number": 7, "head": head}}


def test_outside_of_a_workflow_it_says_what_it_is_for(shop, monkeypatch):
    monkeypatch.delenv("GITHUB_EVENT_NAME", raising=False)
    said = shop("github", "plan")
    assert said.code == 64
    assert "GitHub Actions" in said.err


def test_a_plan_of_no_pull_request_is_made_and_no_comment_is_written(runner):
    said = runner("push")("github", "plan")
    assert said.code == 0
    assert "Plan: 1 to create." in said.out
    assert "Comment" not in said.out


def test_the_summary_and_the_outputs_go_into_the_files_that_the_runner_names(runner, tmp_path):
    shop = runner("push", GITHUB_OUTPUT=str(tmp_path / "out"), GITHUB_STEP_SUMMARY=str(tmp_path / "summary"))
    assert shop("github", "plan").code == 0
    outputs = dict(line.split("=", 1) for line in (tmp_path / "out").read_text().splitlines())
    assert outputs["changes"] == "true"
    assert outputs["digest"] in (tmp_path / "summary").read_text()


def test_a_file_of_the_runner_that_cannot_be_written_is_a_sentence(runner, tmp_path):
    said = runner("push", GITHUB_OUTPUT=str(tmp_path / "no" / "out"))("github", "plan")
    assert said.code == 1
    assert "GITHUB_OUTPUT" in said.err


@pytest.mark.parametrize("fork", ["mallory/registry", None], ids=["a fork", "a fork that is gone"])
def test_a_pull_request_of_a_stranger_needs_the_base_to_compare_with(runner, fork):
    said = runner(body=pull(fork))("github", "plan")
    assert said.code == 64
    assert "--base" in said.err


def test_dependabot_is_a_stranger_since_its_jobs_get_no_secrets(runner):
    said = runner(body=pull(), GITHUB_ACTOR="dependabot[bot]")("github", "plan")
    assert "--base" in said.err


def test_without_a_token_the_plan_is_made_before_it_says_that_it_cannot_comment(runner):
    said = runner(body=pull())("github", "plan")
    assert said.code == 64
    assert "Plan: 1 to create." in said.out
    assert "token" in said.err


def test_mistakes_are_annotations_at_their_lines(runner):
    shop = runner("push")
    shop.write("apiVersion: reconciler/v1\nkind: McpServer\nmetadata: {name: a}\nspec: {displayNmae: x}\n")
    said = shop("github", "plan")
    assert said.code == 3
    assert "::error file=registry.d/manifest.yaml,line=4" in said.out


@pytest.mark.parametrize("body", ["not json", '{"pull_request": {"number": "x"}}', '{"pull_request": {}}'])
def test_an_event_that_makes_no_sense_is_refused(runner, tmp_path, body):
    shop = runner()
    (tmp_path / "event.json").write_text(body)
    said = shop("github", "plan")
    assert said.code == 64
    assert "event" in said.err


def test_an_apply_asks_which_plan_was_reviewed_unless_it_is_told(runner):
    assert runner("push")("github", "apply").code == 64
    told = runner("push")("github", "apply", "--digest", "sha256:" + "0" * 64)
    assert told.code == 4
    assert "not the plan that was reviewed" in told.err


LIMIT = {"message": "You have exceeded a secondary rate limit."}


ANSWERS = {
    "401": (401, {}, {"message": "Bad credentials"}, (8, "RUN112")),
    "403": (403, {}, {"message": "Resource not accessible by integration"}, (8, "RUN112")),
    "403, a secondary limit": (403, {"Retry-After": "3600"}, LIMIT, (8, "RUN111")),
    "403, the hourly limit": (403, {"x-ratelimit-remaining": "0", "Retry-After": "61"}, LIMIT, (8, "RUN111")),
    "404": (404, {}, {"message": "Not Found"}, (1, "RUN113")),
    "422": (422, {}, {"message": "No commit found for SHA"}, (1, "RUN114")),
    "429": (429, {"Retry-After": "3600"}, LIMIT, (8, "RUN111")),
    "500": (500, {"Retry-After": "0"}, {"message": "Server Error"}, (8, "RUN110")),
    "503, and no JSON": (503, {"Retry-After": "0"}, "<html>", (8, "RUN110")),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_what_github_answers_is_a_sentence_and_an_exit_code_and_nothing_is_applied(runner, there, console, answer):
    status, headers, body, (code, rule) = answer
    there.fail("GET", "/pulls$", status, headers=headers, body=body, times=9)
    at = {"GITHUB_API_URL": there.url, "GITHUB_REPOSITORY": "acme/registry", "GITHUB_TOKEN": there.token()}
    said = runner("push", **at)("github", "apply")
    there.faults.clear()
    assert (said.code, f"error[{rule}]" in said.err) == (code, True)
    assert f"answered with {status}" in said.err
    assert "fix: " in said.err
    assert console().servers() == []
