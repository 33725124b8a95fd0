"""The probe script as flows: they yield what to ask, stage by stage, and build the evidence. They never send."""

from reconciler.core.evidence import Flow
from reconciler.oauth.observation import Declared, IssuerEvidence, Limits, ServerEvidence, Target


def probe_server(target: Target, limits: Limits) -> Flow[ServerEvidence]:
    """Ask an MCP server: protected-resource metadata, then (tier POST) the opening request without a token."""
    raise NotImplementedError


def probe_issuer(declared: Declared, limits: Limits) -> Flow[IssuerEvidence]:
    """Ask an authorization server: metadata, keys, endpoints, then (tier POST) junk requests for a token."""
    raise NotImplementedError


def issuers_of(target: Target, evidence: ServerEvidence | None) -> tuple[Declared, ...]:
    """The authorization servers to look at: those that are declared, else those that the metadata names."""
    raise NotImplementedError
