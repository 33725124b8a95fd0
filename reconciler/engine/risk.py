"""Risk: rules, not feelings. What of a change makes a reviewer look twice; the rules stand in `core.risk`."""

from collections.abc import Callable, Iterator, Mapping

from reconciler.core import risk
from reconciler.core.document import Json
from reconciler.core.kind import Aspect, Kind, Risk
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, FieldChange
from reconciler.core.resources import S
from reconciler.core.risk import Hazard, RiskRule

Found = Iterator[tuple[RiskRule, str]]
"""The rules that one difference of an aspect meets, with what happened in a sentence."""

_OF_ACTION = {
    Action.REPLACE: risk.REPLACE,
    Action.DELETE: risk.DELETE,
    Action.CREATE: risk.CREATE,
    Action.DEACTIVATE: risk.DEACTIVATE,
}
_GIVEN_UP = frozenset({"implicit", "password"})
_STRENGTH = ("none", "client_secret_post", "client_secret_basic", "client_secret_jwt", "private_key_jwt")
_WIDTH = ("INCLUDE_ONLY", "EXCLUDE", "ALL_SCOPES")
_ASKING = ("IMPLICIT", "FLEXIBLE", "REQUIRED")


def hazards_of(action: Action, fields: tuple[FieldChange, ...], kind: Kind[S]) -> tuple[Hazard, ...]:
    """Give what the rules say about what happens to an object, in the order of paths; nothing where nothing happens."""
    found = [_OF_ACTION[action].at("", f"The plan would {action} it.")] if action in _OF_ACTION else []
    if action in {Action.UPDATE, Action.REPLACE, Action.CREATE}:
        live = action is not Action.CREATE
        for field in fields:
            found += [hazard for hazard in _of_field(field, kind) if live or hazard.code in _ALSO_WHEN_NEW]
    return tuple(dict.fromkeys(found))


def greatest(hazards: tuple[Hazard, ...]) -> Risk:
    """The greatest risk of them; low without any."""
    return max((hazard.risk for hazard in hazards), key=_RISKS.index) if hazards else Risk.LOW


_RISKS = tuple(Risk)


def _of_field(field: FieldChange, kind: Kind[S]) -> Iterator[Hazard]:
    """What the rules say about one difference, at the path itself and, where it is an object, below."""
    pending = [(field.path, field.before, field.after)]
    while pending:
        path, before, after = pending.pop(0)
        for aspect in _aspects(path, kind.aspects, above=path == field.path):
            yield from (row.at(".".join(path), detail) for row, detail in _LOOKS[aspect](before, after))
        keys = sorted({*_members(before), *_members(after)})
        pending += [((*path, key), _members(before).get(key), _members(after).get(key)) for key in keys]


def _members(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _aspects(path: tuple[str, ...], aspects: Mapping[str, Aspect], *, above: bool) -> Iterator[Aspect]:
    """The aspect of a path, and where asked those of what lies above it and speaks for all below."""
    for pattern, aspect in aspects.items():
        parts = pattern.split(".")
        fits = all(part in ("*", name) for part, name in zip(parts, path, strict=False))
        if fits and (len(parts) == len(path) or (above and aspect in _WITH_ALL_BELOW and len(parts) < len(path))):
            yield aspect


_WITH_ALL_BELOW = frozenset({Aspect.RULES, Aspect.SECRET, Aspect.KEY})


def _host(url: Json) -> str:
    """The host and port of a URL, as a live object may hold any text for one."""
    return str(url or "").partition("://")[2].partition("/")[0].casefold()


def _http(after: Json) -> Found:
    for url in after if isinstance(after, list) else [after]:
        if isinstance(url, str) and url.startswith("http:"):
            yield risk.HTTP, "It begins with http:."


def _resource(before: Json, after: Json) -> Found:
    if _host(before) != _host(after):
        yield risk.RESOURCE_HOST, f"The host was {_host(before) or 'none'}, becomes {_host(after) or 'none'}."
    yield from _http(after)


def _issuer(before: Json, after: Json) -> Found:
    if before is not None and after is not None:
        yield risk.ISSUER, f"The issuer was {before}, becomes {after}."
    yield from _http(after)


def _endpoint(before: Json, after: Json) -> Found:
    if before is not None and after is not None:
        moved = f"The host was {_host(before)}, becomes {_host(after)}."
        yield (
            (risk.ENDPOINT_HOST, moved)
            if _host(before) != _host(after)
            else (risk.ENDPOINT_PATH, f"The host stays {_host(after)}.")
        )
    yield from _http(after)


def _trust(before: Json, after: Json) -> Found:
    if before is None:
        external = _members(after).get("type") == "EXTERNAL"
        yield risk.NEW_EXTERNAL if external else risk.NEW_OWN, "It is added to a live object."
    if after is None:
        yield risk.TRUST_ENDS, "It is taken away from a live object."


def _gained(before: Json, after: Json) -> list[str]:
    was = before if isinstance(before, list) else []
    return [str(item) for item in after if item not in was] if isinstance(after, list) else []


def _scopes(before: Json, after: Json) -> Found:
    gained = _gained(before, after)
    if "*" in gained:
        yield risk.SCOPES_ALL, "It allows `*`."
    elif gained:
        yield risk.SCOPES_WIDENED, f"It gains {', '.join(gained)}."


def _condition(before: Json, after: Json) -> Found:
    if after == _WIDTH[-1]:
        yield risk.SCOPES_ALL, "It allows all."
    elif _rank(_WIDTH, after) > _rank(_WIDTH, before):
        yield risk.SCOPES_WIDENED, f"The condition was {before}, becomes {after}."


def _rank(words: tuple[str, ...], value: Json) -> int:
    return words.index(value) if value in words else -1


def _consent(before: Json, after: Json) -> Found:
    if after is not None and _rank(_ASKING, after) < _rank(_ASKING, before):
        yield risk.CONSENT_WEAKER, f"Consent was {before}, becomes {after}."


def _grants(before: Json, after: Json) -> Found:
    gained = _gained(before, after)
    weak = [grant for grant in gained if grant in _GIVEN_UP]
    if weak:
        yield risk.WEAK_GRANT, f"It gains {', '.join(weak)}."
    if len(gained) > len(weak):
        yield risk.GRANT_ADDED, f"It gains {', '.join(grant for grant in gained if grant not in weak)}."


def _clients(before: Json, after: Json) -> Found:
    gained = _gained(before, after)
    if "ALL_CLIENTS" in gained:
        yield risk.EVERY_CLIENT, "It allows ALL_CLIENTS."
    elif gained:
        yield risk.CLIENT_ADDED, f"It gains {', '.join(gained)}."


def _client_auth(before: Json, after: Json) -> Found:
    if after is not None and _rank(_STRENGTH, after) < _rank(_STRENGTH, before):
        yield risk.WEAKER_CLIENT_AUTH, f"It was {before}, becomes {after}."


def _binding(before: Json, after: Json) -> Found:
    if before is True and after is not True:
        yield risk.UNBOUND, "It was on, and is off."


def _redirect(before: Json, after: Json) -> Found:
    if gained := _gained(before, after):
        yield risk.REDIRECT_ADDED, f"It gains {', '.join(gained)}."
    yield from _http(after)


def _lifetime(before: Json, after: Json) -> Found:
    both = before is not None and after is not None
    if both and (after or float("inf")) > (before or float("inf")):
        yield risk.LIVES_LONGER, f"In minutes it was {before}, becomes {after}; 0 is without end."


def _audience(before: Json, after: Json) -> Found:
    if before != after:
        yield risk.AUDIENCE, f"It was {before}, becomes {after}."


def _secret(_before: Json, _after: Json) -> Found:
    yield risk.SECRET, "The organisation is sent a value at the apply."


def _key(before: Json, after: Json) -> Found:
    if _signs(after):
        yield risk.KEY_TRUSTED, "It is good for signing in from now on."
    elif _signs(before):
        yield risk.KEY_ENDS, "It is good for nothing from now on."


def _signs(key: Json) -> bool:
    """Whether a key, or the part of it that differs, says that it can be signed in with."""
    state = key.get("state") if isinstance(key, dict) else key
    return state not in {None, State.INACTIVE}


def _rules(before: Json, after: Json) -> Found:
    change = "is added" if before is None else "is removed" if after is None else "becomes another one"
    yield risk.TOKEN_RULES, f"It {change}."


_LOOKS: Mapping[Aspect, Callable[[Json, Json], Found]] = {
    Aspect.RESOURCE: _resource,
    Aspect.ISSUER: _issuer,
    Aspect.ENDPOINT: _endpoint,
    Aspect.TRUST: _trust,
    Aspect.AUDIENCE: _audience,
    Aspect.SCOPES: _scopes,
    Aspect.SCOPE_CONDITION: _condition,
    Aspect.CONSENT: _consent,
    Aspect.GRANTS: _grants,
    Aspect.CLIENTS: _clients,
    Aspect.CLIENT_AUTH: _client_auth,
    Aspect.BINDING: _binding,
    Aspect.REDIRECT: _redirect,
    Aspect.LIFETIME: _lifetime,
    Aspect.SECRET: _secret,
    Aspect.KEY: _key,
    Aspect.RULES: _rules,
}
_ALSO_WHEN_NEW = frozenset(row.rule.code for row in (risk.WEAK_GRANT, risk.HTTP))
"""Rules about what an object is, not about what becomes of it."""
