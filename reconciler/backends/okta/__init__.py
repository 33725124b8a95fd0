"""An Okta organisation over HTTP.

`client` sends, `auth` and `service_app` make requests recognisable (`keys`, `proof`, `refusals` help), `access` names
scopes and roles, `errors` maps what comes back, `rate` reads what is told of limits, `governor` keeps to them, `driver`
runs flows, `recollection` knows what need not be read again, `backend` keeps the promises, `reader` only those that
change nothing.

An oddity of Okta that concerns every kind lives here; one that concerns a single kind lives in that kind's `wire`.
"""

from reconciler.backends.okta.backend import OktaBackend, Settings
from reconciler.backends.okta.governor import Allowance
from reconciler.backends.okta.reader import GetOnly, OktaReader
from reconciler.backends.okta.recollection import Remembering

__all__ = ["Allowance", "GetOnly", "OktaBackend", "OktaReader", "Remembering", "Settings"]
