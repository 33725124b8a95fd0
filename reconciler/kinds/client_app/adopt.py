"""From a live app back to what an author would write: the inverse of `wire.to_document`."""

from reconciler.core.document import Document, without_none
from reconciler.core.lifecycle import State
from reconciler.core.resources import Record
from reconciler.kinds.client_app.wire import AGENTS_OWN

_DEFAULTS: Document = {
    "applicationType": "web",
    "grantTypes": ["authorization_code", "refresh_token"],
    "redirectUris": [],
    "tokenEndpointAuthMethod": "client_secret_basic",
    "pkceRequired": False,
    "dpopBoundAccessTokens": False,
}


def to_spec(record: Record, _names: object) -> Document:
    """The app with what is not a default, less the grants that Okta adds to the app of an agent."""
    live = dict(record.document)
    live["grantTypes"] = [grant for grant in live["grantTypes"] if grant not in AGENTS_OWN]
    told = {key: live.get(key) for key, default in _DEFAULTS.items() if live.get(key) != default}
    state = None if record.state is State.ACTIVE else "inactive"
    return without_none({"label": live["label"], **told, "state": state})
