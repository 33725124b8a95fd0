"""A repository, an organisation, a ledger, a GitHub, and what happens to them in order: the story of docs/workflows.md.

Each chapter says which workflow ran on what, and what came of it, in words that are made from what was observed.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML

from tests.support.actions import PATIENCE, ROOT, Ended, Happened, Runner, commit, git, permissions, pull_request
from tests.support.documents import pair
from tests.support.hub import REPOSITORY, Hub

CREDENTIAL = "local-development-token"
SERVERS = "/resource-servers/api/v1/mcp-servers"
FORK = "mallory/registry"
BASELINE = "reconciler.baseline.yaml"
CONFIG = """\
apiVersion: reconciler/v1
defaultEnvironment: production
probe: {{gate: "off"}}
ledger: {{url: {{fromEnv: LEDGER_URL}}}}
environments:
  production:
    target: {{type: okta, orgUrl: "{org}", auth: {{apiToken: {{fromEnv: OKTA_CREDENTIAL}}}}}}
"""


def manifest(name: str, title: str = "") -> dict[str, str | None]:
    return {f"registry.d/{name}.yaml": pair(name, title)}


@dataclass
class Town:
    """Everything that the workflows touch."""

    folder: Path
    hub: Hub
    org: httpx.Client
    ledger: str
    tool: Path
    whole: bool
    runner: Runner = field(init=False)
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    ended: dict[str, Ended] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.work = self.folder / "work"
        self.work.mkdir()
        git(self.work, "init", "-q")
        git(self.work, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.runner = Runner(self.folder, self.work, self.hub.url, REPOSITORY, self.tool)

    # -- what people do ------------------------------------------------------------------------------------------

    def begin(self, source: Path) -> None:
        """The first commit: the action and the workflows as they are in this repository, and no server yet."""
        action = ".github/actions/reconciler/action.yml"
        files: dict[str, str | None] = {action: (source / action).read_text(encoding="utf-8")}
        config = CONFIG.format(org=self.org.base_url)
        self.main = commit(self.work, {**files, "reconciler.yaml": config, **manifest("first")}, "begin")

    def branch(self, name: str, files: dict[str, str | None]) -> str:
        git(self.work, "checkout", "-q", "-B", name, self.main)
        head = commit(self.work, files)
        git(self.work, "checkout", "-q", "main")
        return head

    def more(self, name: str, files: dict[str, str | None]) -> str:
        git(self.work, "checkout", "-q", name)
        head = commit(self.work, files)
        git(self.work, "checkout", "-q", "main")
        return head

    def merge(self, name: str, pull: int) -> None:
        head = git(self.work, "rev-parse", name)
        git(self.work, "merge", "-q", "--no-ff", "-m", f"Merge {pull}", name)
        self.main = git(self.work, "rev-parse", "HEAD")
        self.hub.merge(self.main, pull, head)

    def push(self, files: dict[str, str | None]) -> None:
        """A commit to main that no pull request brought."""
        self.main = commit(self.work, files)

    # -- what GitHub does ----------------------------------------------------------------------------------------

    def plan(self, scenario: str, pull: int, head: str, fork: str = "", **more: Any) -> Ended:
        body = pull_request(pull, head, self.main, REPOSITORY, fork)
        event = Happened("pull_request", head, f"refs/pull/{pull}/merge", body, **more)
        return self._run("plan", scenario, event, reads_only=bool(fork))

    def apply(self, scenario: str, **inputs: str) -> Ended:
        name = "workflow_dispatch" if inputs else "push"
        given = {key.replace("_", "-"): value for key, value in inputs.items()}
        return self._run("apply", scenario, Happened(name, self.main, "refs/heads/main", inputs=given))

    def drift(self, scenario: str) -> Ended:
        return self._run("drift", scenario, Happened("schedule", self.main, "refs/heads/main"))

    def _run(self, flow: str, scenario: str, event: Happened, *, reads_only: bool = False) -> Ended:
        event.variables.setdefault("RECONCILER_ENV", "production")
        if not reads_only:
            event.secrets = {
                "LEDGER_URL": self.ledger,
                "OKTA_CREDENTIAL": CREDENTIAL,
                "OKTA_READ_CREDENTIAL": CREDENTIAL,
            }
        allowed = {key: "read" if reads_only else value for key, value in permissions(f"{flow}.yml")}
        self.hub.asked.clear()
        before = self._counted()
        ended = self.runner.run(
            f"{flow}.yml", event, self.hub.token(**{k.replace("-", "_"): v for k, v in allowed.items()})
        )
        after = self._counted()
        self.sent[scenario], self.writes[scenario] = after[0] - before[0], after[1] - before[1]
        self.ended[scenario] = ended
        self.rows.append((flow, scenario, "; ".join(self._outcome(scenario, ended))))
        return ended

    def _counted(self) -> tuple[int, int]:
        counted = self.org.get("/_emulator/requests").json()
        return int(counted["total"]), int(counted["writes"])

    # -- what came of it -----------------------------------------------------------------------------------------

    def _outcome(self, scenario: str, ended: Ended) -> Iterator[str]:
        yield "skipped" if ended.skipped else "succeeds" if ended.ok else "fails"
        if code := ended.outputs.get("exit-code"):
            yield f"exit code {code}"
        if not ended.ok and (said := _code(ended.log)):
            yield f"says {said}"
        yield from (f"{what} {how}" for what in ("comment", "issue") if (how := _said(ended.log, what)))
        minimised = [each["minimised"] for each in self.hub.comments][-1:]
        if _said(ended.log, "comment") and minimised == [True]:
            yield "minimised"
        if ended.artifacts:
            yield f"artifact {', '.join(ended.artifacts)}"
        yield (
            f"{self.writes[scenario]} writes to the organisation"
            if self.sent[scenario]
            else "the organisation is not asked"
        )

    @property
    def servers(self) -> dict[str, str]:
        found = self.org.get(SERVERS, params={"limit": 200}).json()["data"]
        return {each["metadata"]["displayName"]: each["status"] for each in found}

    # -- other places ---------------------------------------------------------------------------------------------

    def clone(self, name: str, commit: str) -> Path:
        folder = self.folder / name
        git(self.folder, "clone", "-q", str(self.work), name)
        git(folder, "checkout", "-q", "-B", "main", git(self.work, "rev-parse", commit))
        return folder

    def script(self, flow: str, scenario: str, folder: Path, lines: list[str], env: dict[str, str]) -> None:
        """Run the lines as one script, with nothing in the environment but what is given."""
        letters = self.folder / "letters"
        letters.unlink(missing_ok=True)
        mail = self.folder / "mail"
        mail.write_text(f'#!/bin/sh\necho "$2" > {letters}\n')
        mail.chmod(0o755)
        before = self._counted()
        done = subprocess.run(
            ["bash", "-e", "-c", "\n".join(lines)],
            cwd=folder,
            env={"PATH": f"{self.tool.parent}:{os.environ['PATH']}", "HOME": str(self.folder), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        sent, writes = (after - earlier for after, earlier in zip(self._counted(), before, strict=True))
        told = [f"exit code {done.returncode}"]
        told += [f"a letter: {letters.read_text().strip()}"] if letters.exists() else []
        told.append(f"{writes} writes to the organisation" if sent else "the organisation is not asked")
        self.ended[f"{flow}: {scenario}"] = Ended(ok=not done.returncode, log=done.stdout)
        self.rows.append((flow, scenario, "; ".join(told)))

    def edit(self, **patch: str) -> None:
        """Somebody at the console."""
        server = self.org.get(SERVERS, params={"limit": 200}).json()["data"][0]
        merge = {"Content-Type": "application/merge-patch+json"}
        self.org.patch(f"{SERVERS}/{server['id']}", content=json.dumps(patch), headers=merge).raise_for_status()

    @staticmethod
    def accepted(live: str) -> str:
        entry = {
            "path": "McpServer.first.displayName",
            "environment": "production",
            "live": live,
            "owner": "alice@example.com",
            "reason": "an incident",
            "expires": "2099-01-01",
        }
        return json.dumps({"apiVersion": "reconciler/v1", "accepted": [entry]})

    @property
    def digest(self) -> str:
        """The digest that the last job printed."""
        [*_, ended] = self.ended.values()
        return re.findall(r"sha256:[0-9a-f]{64}", ended.log)[-1]

    def arm(self, fault: str, **more: Any) -> None:
        self.org.post("/_emulator/faults", json={"name": fault, **more}).raise_for_status()


def _said(log: str, what: str) -> str:
    lines = [line for line in log.splitlines() if line.startswith(f"{what.capitalize()} ")]
    return lines[-1].split()[1].rstrip(".") if lines else ""


def _code(log: str) -> str:
    return next(
        (line.partition("[")[2].partition("]")[0] for line in log.splitlines() if line.startswith("error[RUN1")), ""
    )


def play(town: Town) -> None:
    """Everything in order; what makes the long version is under `whole`."""
    _first(town)
    _pull_requests(town)
    _strangers(town)
    _merges(town)
    if town.whole:
        _moves(town)
        _deletes(town)
    _failures(town)
    _drifts(town)
    _github_away(town)
    _elsewhere(town)


def _first(town: Town) -> None:
    town.apply("main is pushed, nothing was reviewed, there is something to apply")
    town.apply("the same by hand, with the digest of a plan", digest=town.digest)


def _pull_requests(town: Town) -> None:
    head = town.branch("tools", manifest("tools"))
    town.plan("the repository has not set RECONCILER_ENV", 2, head, variables={"RECONCILER_ENV": ""})
    town.plan("a pull request is opened", 2, head)
    if town.whole:
        town.plan("the same commit again", 2, head)
        town.plan("a commit with mistakes", 2, town.more("tools", {"registry.d/oops.yaml": "kind: McpServer\n"}))
        town.more("tools", {"registry.d/oops.yaml": None})
    town.plan("another commit", 2, town.more("tools", manifest("tools", "Tools for all")))
    head = town.branch("words", {"NOTES.md": "Only words.\n"})
    if town.whole:
        town.plan("a pull request that changes nothing", 3, head)
    town.plan("a pull request that changes something", 3, town.more("words", manifest("words")))
    town.plan("a commit that takes the change back", 3, town.more("words", {"registry.d/words.yaml": None}))


def _strangers(town: Town) -> None:
    # It says that organisation and ledger are elsewhere; nobody may go there, so nothing is there to answer.
    elsewhere = CONFIG.format(org="http://127.0.0.1:9").replace(
        "{fromEnv: LEDGER_URL}", "postgresql://127.0.0.1:9/ledger"
    )
    head = town.branch("fork", manifest("wishes"))
    if town.whole:
        town.plan("a pull request from a fork", 4, head, fork=FORK)
    town.plan("a fork that changes reconciler.yaml", 4, town.more("fork", {"reconciler.yaml": elsewhere}), fork=FORK)
    if town.whole:
        oops: dict[str, str | None] = {"registry.d/oops.yaml": "kind: McpServer\n"}
        town.plan("a fork with mistakes", 4, town.more("fork", oops), fork=FORK)


def _merges(town: Town) -> None:
    town.merge("tools", 2)
    town.apply("the pull request is merged")
    if town.whole:
        town.apply("the job is run again")


def _moves(town: Town) -> None:
    town.edit(displayName="Renamed in the console")
    head = town.branch("late", manifest("late"))
    town.plan("a pull request while the organisation has drifted", 5, head)
    town.edit(displayName="first")
    town.merge("late", 5)
    town.apply("the world moved between review and merge")
    town.plan("the plan is made again", 5, head)
    town.apply("apply after the new review")


def _deletes(town: Town) -> None:
    [(name, text)] = manifest("late").items()
    gone = (text or "").replace("{name: late}", "{name: late, state: absent}")
    town.plan("a pull request that deletes", 7, town.branch("gone", {name: gone}))
    town.merge("gone", 7)
    town.apply("it is merged")
    town.apply("the same by hand, with the number of deletions", allow_delete="1")


def _failures(town: Town) -> None:
    town.plan("a pull request with two servers", 6, town.branch("more", {**manifest("alpha"), **manifest("beta")}))
    town.merge("more", 6)
    town.arm("error-500", method="POST", path="/resource-servers/api/v1/mcp-servers/*/lifecycle/activate*", times=20)
    town.apply("an apply that fails half-way")
    town.org.delete("/_emulator/faults").raise_for_status()
    town.apply("the failed job is run again")


def _drifts(town: Town) -> None:
    town.drift("no drift")
    town.edit(displayName="Somebody was here")
    town.drift("somebody edits at the console")
    if town.whole:
        town.drift("an hour later")
    town.edit(displayName="Somebody was here again")
    town.drift("somebody edits more")
    town.edit(displayName="first")
    town.drift("the edit is undone")
    if town.whole:
        town.edit(displayName="An incident")
        town.push({BASELINE: town.accepted("An incident")})
        town.drift("an edit that the baseline accepts")
        town.edit(displayName="first")
        town.push({BASELINE: None})


def _github_away(town: Town) -> None:
    head = town.branch("away", manifest("away"))
    town.hub.fail("POST", "/comments$", 502)
    town.plan("GitHub answers 502 once", 8, head)
    if town.whole:
        town.hub.fail("PATCH", "/comments/", 429, headers={"Retry-After": "0"})
        town.plan("GitHub answers 429 once", 8, town.more("away", manifest("away", "again")))
    for status in (403, 404, 422) if town.whole else (403,):
        town.hub.fail("PATCH", "/comments/", status, times=9)
        town.plan(f"GitHub answers {status} to the end", 8, town.more("away", manifest("away", f"at {status}")))
        town.hub.faults.clear()
    town.hub.fail("GET", "/pulls$", 403, times=9)
    town.apply("GitHub does not tell which plan was reviewed")
    town.hub.faults.clear()


# -- without GitHub: what docs/ci.md shows --------------------------------------------------------------------------

_BLOCK = r"```[a-z]+ file={name}\n(.*?)```"


def shown(name: str) -> str:
    """A file as docs/ci.md shows it."""
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    found = re.search(_BLOCK.format(name=re.escape(name)), page, re.DOTALL)
    assert found, f"docs/ci.md shows no {name}"
    return found[1]


def _elsewhere(town: Town) -> None:
    jobs = YAML(typ="safe").load(shown(".gitlab-ci.yml"))
    head = town.branch("gitlab", manifest("gitlab"))
    clone = town.clone("clone", head)
    secrets = {"OKTA_CREDENTIAL": CREDENTIAL, "LEDGER_URL": town.ledger}
    town.script("gitlab", "plan", clone, jobs["plan"]["script"], secrets)
    target = {"CI_MERGE_REQUEST_PROJECT_URL": str(town.work), "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    town.script("gitlab", "stranger", clone, jobs["stranger"]["script"], target)
    if town.whole:
        digest, apply = json.loads((clone / "plan.json").read_text())["digest"], jobs["apply"]["script"]
        town.script("gitlab", "apply with another digest", clone, apply, {**secrets, "DIGEST": "sha256:0"})
        town.script("gitlab", "apply", clone, apply, {**secrets, "DIGEST": digest})
        town.script("gitlab", "resume, though nothing was cut off", clone, jobs["resume"]["script"], secrets)
    git(town.work, "merge", "-q", "gitlab")
    clone = town.clone("cron", "main")
    (clone / "drift.sh").write_text(shown("drift.sh"))
    looks = (("no drift", "first"), ("drift, seen once", "Here"), ("drift, seen twice", "Here"))
    for scenario, title in looks if town.whole else looks[:1]:
        town.edit(displayName=title)
        town.script("cron", scenario, clone, ["bash drift.sh"], {**secrets, "REGISTRY": str(clone)})
    town.edit(displayName="first")
