"""From what was observed and concluded to the entries of the evidence lock."""

from reconciler.oauth.lock import Lock
from reconciler.oauth.observation import Observation
from reconciler.oauth.verdict import Conclusion


def pin(observation: Observation, conclusion: Conclusion) -> Lock:
    """The entries for this server and its issuers, only for what was really seen."""
    raise NotImplementedError
