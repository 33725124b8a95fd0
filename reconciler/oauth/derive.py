"""From facts and findings to the two capabilities of each authorization server, and to connectable or not."""

from collections.abc import Iterable

from reconciler.core.evidence import Finding
from reconciler.oauth.observation import Observation
from reconciler.oauth.verdict import Verdicts


def derive(observation: Observation, findings: Iterable[Finding]) -> Verdicts:
    """XAA and STS of each authorization server, first matching case wins, and what follows for the MCP server."""
    raise NotImplementedError
