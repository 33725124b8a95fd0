"""Opening an organisation: what its state says, and what a new one begins with."""

from dataclasses import replace

from . import custom_parts, identifiers, switches
from .faults import FaultBox
from .meters import Limits, Meters
from .organisation import Organisation
from .settings import DEFAULT_API_TOKEN, Clock, Settings
from .store import Store, digest, fact, remember


def open_organisation(settings: Settings) -> Organisation:
    """The organisation in the state, founded when the state is new."""
    chosen = switches.parse(settings.switches)
    settings = replace(settings, clock=_skewed(settings.clock, float(chosen["clock-skew"])))
    store = Store(settings.state)
    with store.write() as db:
        org_id = fact(db, "organisation") or identifiers.mint("00o")
        remember(db, "organisation", org_id)
        if not custom_parts.has_default(db):
            custom_parts.create_default(db, settings.clock())
        if settings.api_token is not None or fact(db, "token") is None:
            remember(db, "token", digest(settings.api_token or DEFAULT_API_TOKEN))
    limits = Limits(*(chosen.number(name) for name in ("rate-limit", "client-share", "concurrency-limit")))
    meters = Meters(settings.clock, limits)
    return Organisation(org_id, settings, chosen, store, meters, FaultBox())


def _skewed(clock: Clock, seconds: float) -> Clock:
    """A clock that is wrong all the time, in everything that the organisation does and says."""
    return (lambda: clock() + seconds) if seconds else clock
