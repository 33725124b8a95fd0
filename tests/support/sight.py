"""What can be seen in a world, in plain words, and whether that is what the authors wrote.

Nothing here asks the engine or a kind: a blind spot of theirs must not be ours too (docs of the laws say why).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.worlds import Document, Story, bare, owners, predecessors

Seen = Mapping[str, Any]


@dataclass(frozen=True)
class Sight:
    """Custom authorization servers and MCP servers by id."""

    custom: Mapping[str, Seen]
    servers: Mapping[str, Seen]


@dataclass(frozen=True)
class Judge:
    """Compares a world before and after an apply with what was written.

    `real` holds for an organisation that keeps what no document names of a child, and that makes moves of its own;
    one that is only imagined does neither.
    """

    story: Story
    before: Sight
    after: Sight
    ids: Mapping[str, str]
    real: bool = True

    def verdict(self) -> None:
        """Fail unless every wish is true, and nothing else was touched."""
        mine = {key: self.ids[record] for key, record in owners(self.story).items()}
        made: set[str] = set()
        for document in self.story.documents:
            if document.kind == "AuthorizationServer" and document.spec["type"] == "okta":
                made |= self._custom(document, mine.get(document.key))
            elif document.kind == "McpServer":
                made |= self._server(document, mine.get(document.key))
        old = {self.ids[record] for record in predecessors(self.story).values()}
        assert not old & (self.after.custom.keys() | self.after.servers.keys())
        self._untouched({*mine.values(), *old}, made)

    def _untouched(self, mine: set[str], made: set[str]) -> None:
        for before, after in (
            (self.before.custom, self.after.custom),
            (self.before.servers, self.after.servers),
        ):
            strangers = before.keys() - mine
            assert strangers <= after.keys()
            for key in strangers:
                assert self._same(before[key], after[key])
            assert after.keys() <= strangers | made

    def _same(self, before: Seen, after: Seen) -> bool:
        """Equal, but for moves that only a service makes."""
        moved = before["status"], after["status"]
        served = moved[0] == "PENDING" or moved[1] == "INVALID" or moved == ("INVALID", "INACTIVE")
        return before == (after | {"status": moved[0]} if self.real and served else after)

    def _custom(self, document: Document, owner: str | None) -> set[str]:
        there = {key: seen for key, seen in self.after.custom.items() if seen["name"] == document.identity}
        if document.absent:
            assert owner not in self.after.custom
            return set()
        assert len(there) == 1, f"{document.name}: {sorted(there)}"
        [(server, seen)] = there.items()
        old = self.before.custom.get(owner or "", {})
        spec = document.spec
        assert owner in {None, server}
        assert seen["status"] == "ACTIVE"
        assert seen["audience"] == spec["audience"]
        assert seen["description"] == spec.get("description", old.get("description"))
        if "scopes" in spec:
            self._scopes(spec["scopes"], seen["scopes"], old.get("scopes", {}))
        if "accessPolicies" in spec:
            self._policies(spec["accessPolicies"], seen["policies"], old.get("policies", []))
        for word, key in (("scopes", "scopes"), ("accessPolicies", "policies")):
            if old and word not in spec:
                assert seen[key] == old[key]
        return {server}

    def _scopes(self, wished: list[Seen], seen: Mapping[str, Seen], old: Mapping[str, Seen]) -> None:
        assert seen.keys() == {scope["name"] for scope in wished}
        for scope in wished:
            there, was = seen[scope["name"]], old.get(scope["name"], {})
            for member in ("displayName", "description", "consent", "metadataPublish", "default"):
                if member in scope:
                    assert there[member] == scope[member]
                elif was and self.real:
                    assert there[member] == was[member]

    def _policies(self, wished: list[Seen], seen: list[Seen], old: list[Seen]) -> None:
        assert [policy["name"] for policy in seen] == [policy["name"] for policy in wished]
        for policy, there in zip(wished, seen, strict=True):
            was = next((each for each in old if each["name"] == policy["name"]), {"rules": []})
            assert there["description"] == policy.get("description", policy["name"])
            assert there["clients"] == set(policy.get("clients", ["ALL_CLIENTS"]))
            assert [rule["name"] for rule in there["rules"]] == [rule["name"] for rule in policy["rules"]]
            for rule, seen_rule in zip(policy["rules"], there["rules"], strict=True):
                self._rule(rule, seen_rule, next((r for r in was["rules"] if r["name"] == rule["name"]), None))

    def _rule(self, rule: Seen, seen: Seen, was: Seen | None) -> None:
        assert seen["grantTypes"] == set(rule["grantTypes"])
        assert seen["scopes"] == set(rule.get("scopes", ["*"]))
        if "accessTokenLifetimeMinutes" in rule:
            assert seen["minutes"] == rule["accessTokenLifetimeMinutes"]
        elif was and self.real:
            assert seen["minutes"] == was["minutes"]

    def _server(self, document: Document, owner: str | None) -> set[str]:
        lives = self.after.servers.items()
        there = {key: seen for key, seen in lives if bare(seen["resourceUrl"]) == document.identity}
        if document.absent:
            assert owner not in self.after.servers
            return set()
        assert len(there) == 1, f"{document.name}: {sorted(there)}"
        [(server, seen)] = there.items()
        spec, old = document.spec, self.before.servers.get(owner or "", {})
        assert seen["status"] == spec["state"].upper()
        anew = old and (
            bare(old["resourceUrl"]) != document.identity
            or (old["status"] == "INVALID" and spec["revalidate"] == "reregister")
        )
        if anew:
            assert owner not in self.after.servers
            old = {}
        elif owner:
            assert server == owner
        for member in ("displayName", "description"):
            assert seen[member] == spec.get(member, old.get(member))
        self._rows(spec["authorizationServers"], seen)
        return {server}

    def _rows(self, names: list[str], seen: Seen) -> None:
        wished = {}
        for name in names:
            [document] = [each for each in self.story.documents if each.key == ("AuthorizationServer", name)]
            if document.spec["type"] == "okta":
                [server] = [k for k, v in self.after.custom.items() if v["name"] == document.identity]
                wished[server] = None
            else:
                oauth = document.spec["oauth"]
                facts = (oauth["authorizationEndpoint"], oauth["tokenEndpoint"], set(oauth["grantTypes"]))
                wished[bare(document.spec["issuer"])] = facts
        assert {row["key"]: row["facts"] for row in seen["rows"]} == wished
        assert len(seen["rows"]) == len(wished)
