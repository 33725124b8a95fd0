"""An Okta organisation over HTTP.

`client` sends, `errors` maps what comes back, `rate` waits, `driver` runs flows, `backend` keeps the promises.

An oddity of Okta that concerns every kind lives here; one that concerns a single kind lives in that kind's `wire`.
"""

from reconciler.backends.okta.backend import OktaBackend, Settings

__all__ = ["OktaBackend", "Settings"]
