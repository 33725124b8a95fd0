"""Runs workflows as GitHub's runner would, as far as ours go: the YAML itself is read, and every step in it done.

What is known: `if`, `env`, `with`, `run` with bash, outputs, the summary, composite actions of this repository, and
the two actions of GitHub that the workflows use, check-out and upload. Anything else fails, so that nothing is skipped
in silence. A script gets the environment that the runner would give it and nothing of this process but PATH and HOME.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
_SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")  # what `shell: bash` means


def load(path: Path) -> Any:
    return _loaded(path.read_text(encoding="utf-8"))


@cache
def _loaded(text: str) -> Any:
    return YAML(typ="safe").load(text)


def workflow(name: str) -> Any:
    return load(ROOT / ".github" / "workflows" / name)


# -- expressions -----------------------------------------------------------------------------------------------------


def evaluate(text: str, contexts: Mapping[str, Any]) -> Any:
    """Evaluate an expression of the few forms that the workflows use: `a || b`, `a && b`, `a == 'b'`, `a != 'b'`."""
    for sign, pick in (("||", lambda values: next((v for v in values if v), values[-1])), ("&&", _last_if_all)):
        if sign in text:
            return pick([evaluate(part, contexts) for part in text.split(sign)])
    for sign in ("==", "!="):
        if sign in text:
            left, right = (evaluate(part, contexts) or "" for part in text.split(sign))
            return (left == right) is (sign == "==")
    text = text.strip()
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1]
    if re.fullmatch(r"\w+\(\)", text):
        return contexts[text]
    value: Any = contexts
    for part in text.split("."):
        assert isinstance(value, Mapping), f"{text} leads nowhere"
        value = value.get(part)
        if value is None:
            return ""
    return value


def _last_if_all(values: list[Any]) -> Any:
    return next((value for value in values if not value), values[-1])


def filled(value: Any, contexts: Mapping[str, Any]) -> str:
    """A text with its expressions replaced, as the runner would."""
    text = str(value).lower() if isinstance(value, bool) else str(value)

    def said(found: re.Match[str]) -> str:
        value = evaluate(found[1], contexts)
        return str(value).lower() if isinstance(value, bool) else str(value)

    return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", said, text)


# -- jobs ------------------------------------------------------------------------------------------------------------


@dataclass
class Ended:
    """How a job ended, and everything that it left behind."""

    ok: bool = True
    skipped: bool = False
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)
    secrets_seen: set[str] = field(default_factory=set)


@dataclass
class Runner:
    """A machine with a fresh folder for each job. `origin` is the repository that is cloned."""

    home: Path
    origin: Path
    api: str
    repository: str
    tool: Path
    """The program that stands for what `install` makes."""
    jobs: int = 0

    def run(self, name: str, event: "Happened", token: str) -> Ended:
        """Run the one job of a workflow."""
        flow = workflow(name)
        [job] = flow["jobs"].values()
        self.jobs += 1
        place = self.home / f"job{self.jobs}"
        return _Job(self, job, event, token, place).run()


@dataclass
class Happened:
    """What starts a workflow: its name, the commit to check out, and what the event, variables and secrets say."""

    name: str
    commit: str
    ref: str
    body: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    actor: str = "alice"


class _Job:
    def __init__(self, runner: Runner, job: Any, event: Happened, token: str, place: Path) -> None:
        self.runner, self.job, self.event, self.place = runner, job, event, place
        self.workspace, self.temp = place / "workspace", place / "temp"
        self.ended = Ended()
        self.event_file, self.summary = place / "event.json", place / "summary.md"
        github = {"event": event.body, "token": token, "event_name": event.name, "sha": event.commit}
        self.contexts: dict[str, Any] = {
            "github": github,
            "vars": event.variables,
            "secrets": event.secrets,
            "inputs": event.inputs,
            "steps": {},
        }

    def run(self) -> Ended:
        if "if" in self.job and not evaluate(str(self.job["if"]), self.contexts):
            self.ended.skipped = True
            return self.ended
        (self.temp / "reconciler" / "bin").mkdir(parents=True)
        self.workspace.mkdir()
        # `install` finds this and is done.
        (self.temp / "reconciler" / "bin" / "reconciler").symlink_to(self.runner.tool)
        self.event_file.write_text(json.dumps(self.event.body))
        self.summary.touch()
        self._steps(self.job["steps"], self.contexts, {})
        self.ended.summary = self.summary.read_text()
        return self.ended

    def _steps(self, steps: list[Any], contexts: dict[str, Any], env: dict[str, str]) -> None:
        for step in steps:
            functions = {"always()": True, "success()": self.ended.ok, "failure()": not self.ended.ok}
            known = {**contexts, **functions}
            condition = str(step.get("if", "success()"))
            if not self.ended.ok and "always()" not in condition and "failure()" not in condition:
                continue
            if not evaluate(condition, known):
                continue
            here = {**env, **{key: filled(value, known) for key, value in step.get("env", {}).items()}}
            outputs = self._use(step, known, here) if "uses" in step else self._script(step, known, here)
            if "id" in step:
                contexts["steps"][step["id"]] = {"outputs": outputs}

    def _use(self, step: Any, known: dict[str, Any], env: dict[str, str]) -> dict[str, str]:
        given = {key: filled(value, known) for key, value in step.get("with", {}).items()}
        name, _, pin = step["uses"].partition("@")
        if name == "actions/checkout":
            assert re.fullmatch(r"[0-9a-f]{40}", pin)
            self._check_out(given)
            return {}
        if name == "actions/upload-artifact":
            assert re.fullmatch(r"[0-9a-f]{40}", pin)
            self.ended.artifacts[given["name"]] = (self.workspace / given["path"]).read_text(encoding="utf-8")
            return {}
        assert name == "./.github/actions/reconciler", f"{name} is not known here"
        return self._composite(self.workspace / name, given, env)

    def _check_out(self, given: dict[str, str]) -> None:
        assert given["persist-credentials"] == "false"
        target = self.workspace / given.get("path", ".")
        target.mkdir(parents=True, exist_ok=True)
        for command in (
            ["init", "-q"],
            ["fetch", "-q", str(self.runner.origin), given.get("ref") or self.event.commit],
        ):
            git(target, *command)
        git(target, "checkout", "-q", "FETCH_HEAD")

    def _composite(self, folder: Path, given: dict[str, str], env: dict[str, str]) -> dict[str, str]:
        action = load(folder / "action.yml")
        assert given.keys() <= action["inputs"].keys()
        inputs = {key: given.get(key, each.get("default", "")) for key, each in action["inputs"].items()}
        contexts = {"inputs": inputs, "github": {"action_path": str(folder)}, "steps": {}}
        self._steps(action["runs"]["steps"], contexts, env)
        return {name: filled(each["value"], contexts) for name, each in action["outputs"].items()}

    def _script(self, step: Any, known: dict[str, Any], env: dict[str, str]) -> dict[str, str]:
        assert "${{" not in step["run"], "an expression in a script is an injection"
        output = self.place / "output"
        output.write_text("")
        full = {**self._environment(output), **env}
        self.ended.secrets_seen |= {value for value in full.values() if value in self.event.secrets.values() and value}
        script = self.place / "script.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            [*_SHELL, str(script)],
            cwd=self.workspace / filled(step.get("working-directory", "."), known),
            env=full,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        self.ended.log += done.stdout
        self.ended.ok = self.ended.ok and done.returncode == 0
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        self.ended.outputs |= outputs
        return outputs

    def _environment(self, output: Path) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.runner.api,
            "GITHUB_GRAPHQL_URL": f"{self.runner.api}/graphql",
            "GITHUB_REPOSITORY": self.runner.repository,
            "GITHUB_EVENT_NAME": self.event.name,
            "GITHUB_EVENT_PATH": str(self.event_file),
            "GITHUB_SHA": self.event.commit,
            "GITHUB_REF": self.event.ref,
            "GITHUB_ACTOR": self.event.actor,
            "GITHUB_RUN_ID": str(self.runner.jobs),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(self.temp),
        }


# -- repositories ----------------------------------------------------------------------------------------------------

_WHO = {f"GIT_{who}_{what}": "alice@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", "-c", "core.hooksPath=/dev/null", *words],
        cwd=folder,
        env={**os.environ, **_WHO},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()


def commit(folder: Path, files: Mapping[str, str | None], message: str = "a change") -> str:
    """Write, or with None remove, files and commit them; gives the commit."""
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def pull_request(number: int, head: str, base: str, repository: str, fork: str = "") -> dict[str, Any]:
    """The event of a pull request, as far as anybody reads it."""
    return {
        "repository": {"full_name": repository},
        "pull_request": {
            "number": number,
            "head": {"sha": head, "repo": {"full_name": fork or repository}},
            "base": {"sha": base},
        },
    }


def permissions(name: str) -> Iterator[tuple[str, str]]:
    """What the job of a workflow may do with its token."""
    flow = workflow(name)
    assert flow["permissions"] == {}, "nothing that the job does not ask for"
    [job] = flow["jobs"].values()
    yield from job["permissions"].items()
