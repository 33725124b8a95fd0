"""How the secret of an app is renewed: add, switch, deactivate the old one, delete it (okta-api §1.5).

An app has two secrets at most and needs one that is active, so there is a moment with both, in which whoever uses the
secret is switched.
"""

from reconciler.core.document import Document
from reconciler.core.secret import SecretRef
from reconciler.core.wire import Call, Flow, Items

_MOST = 2


def add(app_id: str, secret: SecretRef, *, switched: str) -> Flow[list[Document]]:
    """Add the secret, and give those that it takes the place of.

    Two secrets are the trace of a renewal that was interrupted. Which of them is in use, only the time tells at which
    the user of the secret was last changed (`switched`): the newest is, when it was made before that.
    """
    path = _path(app_id)
    present: list[Document] = yield Items(path)
    present.sort(key=lambda item: (item.get("status") == "ACTIVE", item.get("created") or ""))
    if len(present) >= _MOST:
        newest = present[-1]
        idle = newest if newest.get("status") == "ACTIVE" and (newest.get("created") or "") > switched else present[0]
        yield from retire(app_id, [idle])
        present.remove(idle)
    yield Call("POST", path, {"client_secret": secret})
    return present


def retire(app_id: str, secrets: list[Document]) -> Flow[None]:
    """Deactivate secrets and delete them: only an inactive one can be deleted."""
    for secret in secrets:
        path = f"{_path(app_id)}/{secret['id']}"
        if secret.get("status") == "ACTIVE":
            yield Call("POST", f"{path}/lifecycle/deactivate")
        yield Call("DELETE", path)


def _path(app_id: str) -> str:
    return f"/api/v1/apps/{app_id}/credentials/secrets"
