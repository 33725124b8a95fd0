"""The OpenAPI 3.1 description, made from the table of routes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from . import access
from .call import Route
from .schemas import SCHEMAS

_PLACEHOLDER = re.compile(r"<(\w+)>")
_HTTP_ACCEPTED, _HTTP_OK, _HTTP_CREATED = 202, 200, 201
_OPTIONAL_BODIES = frozenset({"RefreshRequest", "SecretInput"})
_QUERY: Mapping[str, Mapping[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 200},
    "after": {"type": "string", "description": "A cursor that the list gave out"},
    "since": {"type": "string", "format": "date-time"},
    "until": {"type": "string", "format": "date-time"},
    "sortOrder": {"enum": ["ASCENDING", "DESCENDING"]},
    "trusted": {"type": "boolean"},
    "activate": {"type": "boolean"},
}


def document(routes: Sequence[Route], base_url: str) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = _PLACEHOLDER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Emulator of the Okta management API for MCP servers",
            "version": "1.0.0",
            "description": "Written from the published contract; where that is silent, see GET /_emulator/switches.",
        },
        "servers": [{"url": base_url.rstrip("/")}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization"},
                "serviceApp": {"type": "oauth2", "flows": {"clientCredentials": _flow(routes, base_url)}},
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{re.sub(r'[^a-zA-Z0-9]+', '_', route.path).strip('_')}",
        "summary": route.summary,
        "tags": [route.family],
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.takes is not None:
        content = {route.media_type: {"schema": _schema(route.takes)}}
        said["requestBody"] = {"required": route.takes not in _OPTIONAL_BODIES, "content": content}
    said["security"] = _security(route)
    return said


def _security(route: Route) -> list[dict[str, list[str]]]:
    """An API token, or a service app with one of the scopes; nothing for what is public."""
    if not route.needs_token:
        return []
    return [{"token": []}, *({"serviceApp": [scope]} for scope in access.scopes(route.family, route.method))]


def _flow(routes: Sequence[Route], base_url: str) -> dict[str, Any]:
    known = sorted({scope for route in routes for scope in access.scopes(route.family, route.method)})
    return {
        "tokenUrl": f"{base_url.rstrip('/')}/oauth2/v1/token",
        "scopes": {scope: scope.rpartition(".")[2] for scope in known},
    }


def _parameters(route: Route) -> list[dict[str, Any]]:
    text = {"type": "string", "minLength": 1}
    in_path = [{"name": name, "in": "path", "required": True, "schema": text} for name in route.parameters]
    in_query = [{"name": name, "in": "query", "schema": _QUERY.get(name, {"type": "string"})} for name in route.query]
    return in_path + in_query


def _responses(route: Route) -> dict[str, Any]:
    responses: dict[str, Any] = {str(code): _success(route, code) for code in route.success}
    error = {"application/json": {"schema": _schema(route.refuses)}}
    if route.method in ("POST", "PUT"):
        responses["411"] = {"description": "Neither a body nor a length"}
    responses["4XX"] = {"description": "Refused", "content": error}
    return responses


def _success(route: Route, code: int) -> dict[str, Any]:
    if code == _HTTP_ACCEPTED:
        location = {"required": True, "schema": {"type": "string", "format": "uri"}}
        return {"description": "Accepted; Location names the operation", "headers": {"Location": location}}
    if code in (_HTTP_OK, _HTTP_CREATED) and route.gives is not None:
        return {"description": "Done", "content": {"application/json": {"schema": _schema(route.gives)}}}
    return {"description": "Done"}


def _schema(name: str) -> dict[str, Any]:
    if name.endswith("[]"):
        return {"type": "array", "items": _schema(name.removesuffix("[]"))}
    return {"$ref": f"#/components/schemas/{name}"}
