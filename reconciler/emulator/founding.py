"""Opening an organisation: what its state says, and what a new one begins with."""

from . import custom_parts, identifiers, switches
from .faults import FaultBox
from .meters import Meters
from .organisation import Organisation
from .settings import DEFAULT_API_TOKEN, Settings
from .store import Store, digest, fact, remember


def open_organisation(settings: Settings) -> Organisation:
    """The organisation in the state, founded when the state is new."""
    chosen = switches.parse(settings.switches)
    store = Store(settings.state)
    with store.write() as db:
        org_id = fact(db, "organisation") or identifiers.mint("00o")
        remember(db, "organisation", org_id)
        if not custom_parts.has_default(db):
            custom_parts.create_default(db, settings.clock())
        if settings.api_token is not None or fact(db, "token") is None:
            remember(db, "token", digest(settings.api_token or DEFAULT_API_TOKEN))
    meters = Meters(settings.clock, chosen.number("rate-limit"), chosen.number("concurrency-limit"))
    return Organisation(org_id, settings, chosen, store, meters, FaultBox())
