"""`/api/v1/apps`: OAuth apps and their grants (okta-api §1.5, §2.7); their secrets and keys are in `credentials`."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.emulator import agents, apps, bodies, paging, records
from reconciler.emulator.apps import APP, APP_KEY, GRANT, SECRET
from reconciler.emulator.call import Call, Handler, answer, empty
from reconciler.emulator.errors import Cause, Refusal, invalid, not_found
from reconciler.emulator.log import Event, record
from reconciler.emulator.records import ACTIVE, INACTIVE, Draft, Record

from . import credentials

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_VERBS = {ACTIVE: "activate", INACTIVE: "deactivate"}


def list_apps(org: Organisation, call: Call) -> Response:
    """With `q`, those whose label begins with it."""
    asked = paging.window(call, 20, 200)
    where, values = "", []
    if query := call.request.args.get("q"):
        where, values = " AND instr(lower(json_extract(document, '$.label')), ?)=1", [query.lower()]
    with org.store.read() as db:
        page = paging.cut(
            records.page(db, APP, (where, values), asked.after, asked.limit + 1), asked, lambda app: int(app.seq)
        )
        views = [apps.view(org, db, app) for app in page.items]
    return paging.bare(org, call, paging.Page(views, page.next_after))


def create_app(org: Organisation, call: Call) -> Response:
    """200, not 201; ACTIVE unless `activate=false` is asked for."""
    body = bodies.read(call.request)
    said = apps.document(body)
    if said["dpop_bound_access_tokens"] is None:  # the console's habit for service apps (okta-api §5 quirk 22)
        said["dpop_bound_access_tokens"] = (
            said["application_type"] == "service" and org.switches["dpop-default"] == "on"
        )
    given = bodies.inner(body, "credentials.oauthClient")
    status = INACTIVE if call.request.args.get("activate") == "false" else ACTIVE
    with org.store.write() as db:
        _check_label(org, db, said["label"])
        app, secret = insert(org, db, said, status, given)
        _log(org, db, call, "create", app)
        shown = apps.view(org, db, app)
    if secret is not None:
        shown["credentials"]["oauthClient"]["client_secret"] = secret
    return answer(shown)


def insert(
    org: Organisation, db: sqlite3.Connection, said: dict[str, Any], status: str, given: Any
) -> tuple[Record, str | None]:
    """An app with its keys, and with its first secret when it authenticates with one."""
    keys = said.pop("jwks")
    said["application_type"] = said["application_type"] or "web"
    if said["client_id"] is not None and apps.with_client_id(db, said["client_id"]) is not None:
        raise invalid("client_id", "An app with this client id exists already", "UNIQUE_CONSTRAINT")
    app = records.add(db, org.now(), APP, Draft(said, status=status))
    if said["client_id"] is None:  # made by the service: the id itself
        app = records.save(db, app.created, replace(app, document={**said, "client_id": app.id}))
    _put_keys(org, db, app, keys)
    if not said["auth_method"].startswith("client_secret"):
        return app, None
    secret = credentials.secret(given)
    records.add(db, org.now(), SECRET, Draft(secret, app.id))
    return app, secret["client_secret"]


def _put_keys(org: Organisation, db: sqlite3.Connection, app: Record, keys: list[dict[str, str]]) -> None:
    for old in records.of(db, APP_KEY, app.id):
        records.remove(db, old.id)
    for key in keys:
        credentials.add(org, db, credentials.APP_KEYS, Draft(key, app.id, key.get("kid")))


def _check_label(org: Organisation, db: sqlite3.Connection, label: str, own: str = "") -> None:
    if org.switches["app-label-clash"] == "allow":
        return
    if any(app.document["label"] == label and app.id != own for app in records.every(db, APP)):
        raise Refusal("E0000040", Cause("label: An app with this label exists already", "UNIQUE_CONSTRAINT", "label"))


def read_app(org: Organisation, call: Call) -> Response:
    with org.store.read() as db:
        return answer(apps.view(org, db, records.get(db, APP, call.ids["app"])))


def replace_app(org: Organisation, call: Call) -> Response:
    """Everything that is left out is gone, keys included; secrets have an API of their own."""
    body = bodies.read(call.request)
    with org.store.write() as db:
        app = records.get(db, APP, call.ids["app"])
        said = apps.document(body, app.document)
        _check_label(org, db, said["label"], app.id)
        agents.check_app_grants(db, app, said["grant_types"])
        _put_keys(org, db, app, said.pop("jwks"))
        kept = {"roles": app.document.get("roles")}
        app = records.save(db, org.now(), replace(app, document={**said, **kept}))
        _log(org, db, call, "update", app)
        return answer(apps.view(org, db, app))


def delete_app(org: Organisation, call: Call) -> Response:
    with org.store.write() as db:
        app = records.get(db, APP, call.ids["app"])
        if app.status == ACTIVE:
            raise Refusal("E0000056", Cause("The app is ACTIVE, deactivate it first"))
        records.remove(db, app.id)
        _log(org, db, call, "delete", app)
    return empty(204)


def set_status(status: str) -> Handler:
    """Activate or deactivate; a repetition is a no-op."""

    def handle(org: Organisation, call: Call) -> Response:
        bodies.read_nothing(call.request)
        with org.store.write() as db:
            app = records.get(db, APP, call.ids["app"])
            if app.status != status:
                app = records.save(db, org.now(), replace(app, status=status))
                _log(org, db, call, _VERBS[status], app)
        return answer({})

    return handle


def list_grants(org: Organisation, call: Call) -> Response:
    with org.store.read() as db:
        app = records.get(db, APP, call.ids["app"])
        found = records.of(db, GRANT, app.id)
    return answer([_grant(org, app, grant) for grant in found])


def grant(org: Organisation, call: Call) -> Response:
    """One scope of the management API for one app; once each."""
    body = bodies.read(call.request)
    scope = bodies.required_text(body, "scopeId", at_most=255)
    if bodies.required_text(body, "issuer") != org.url(""):
        raise invalid("issuer", f"The field must be {org.url('')}")
    if not scope.startswith("okta."):
        raise invalid("scopeId", "There is no such scope")
    with org.store.write() as db:
        app = records.get(db, APP, call.ids["app"])
        if records.named(db, GRANT, scope, app.id) is not None:
            raise invalid("scopeId", "The scope is granted already", "UNIQUE_CONSTRAINT")
        made = records.add(db, org.now(), GRANT, Draft({"scopeId": scope}, app.id, scope))
        record(db, org.now(), Event("app.oauth2.as.consent.grant", made.target(), debug=call.debug()))
    return answer(_grant(org, app, made), 201)


def _grant(org: Organisation, app: Record, made: Record) -> dict[str, Any]:
    client_id = app.document["client_id"]
    return {
        "id": made.id,
        "status": made.status,
        "scopeId": made.document["scopeId"],
        "issuer": org.url(""),
        "clientId": client_id,
        **made.times(),
        "_links": {"app": {"href": org.url(f"{apps.PATH}/{app.id}")}},
    }


def new_secret(org: Organisation, call: Call) -> Response:
    """The rotation of old: one secret instead of all that were there."""
    bodies.read_nothing(call.request)
    with org.store.write() as db:
        app = apps.with_client_id(db, call.ids["client"])
        if app is None:
            raise not_found(call.ids["client"], "OAuthClient")
        for old in records.of(db, SECRET, app.id):
            records.remove(db, old.id)
        secret = credentials.secret({})
        records.add(db, org.now(), SECRET, Draft(secret, app.id))
        _log(org, db, call, "update", app)
    return answer({"client_id": app.document["client_id"], "client_secret": secret["client_secret"]})


def _log(org: Organisation, db: sqlite3.Connection, call: Call, verb: str, app: Record) -> None:
    record(db, org.now(), Event(f"application.lifecycle.{verb}", app.target(), debug=call.debug()))
