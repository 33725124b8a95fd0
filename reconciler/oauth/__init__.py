"""The endpoint side: is an MCP server really ready, and if not, exactly why?

Two halves. The pure one describes what to ask as flows and judges what was answered; the shell (`transport`,
`addresses`, `probe`, `cache`, `lockfile`) is the only one that sends, resolves, reads or writes anything.

How the shell uses the pure half:

    evidence = drive(probe_server(target, limits))                 # Flow[ServerEvidence], one for each MCP server
    for declared in issuers_of(target, evidence):                  # declared ones, else those that metadata names
        if declared.issuer:                                        # one flow for each issuer and run, shared
            issuers[declared.issuer] = drive(probe_issuer(declared, limits))
    observation = Observation(target, now, server=evidence, issuers=issuers, ...)
    conclusion = conclude(observation)                             # findings, verdicts, ready, blocking ids
    lock = merge(old_lock, pin(observation, conclusion))           # what to remember after approval

The file of the lock is `lock.text(lock)` and `lock.read(content)`; the table of providers is `providers.load.load()`.

`drive` sends each yielded `Ask` and sends back its `Reply`. A flow never asks beyond its limits, never asks anything
but GET at tier GET, never yields a URL that is not https (loopback, and the one question for port 80, apart), and
accepts any `Reply`, also one with `unanswered` set; the shell never has to throw. `Ask.follow` false asks for the
first answer as it is, redirect or not.
"""

from reconciler.oauth.checks import CHECKS
from reconciler.oauth.derive import derive, is_error, weight_of
from reconciler.oauth.judge import conclude, judge
from reconciler.oauth.lock import IssuerLock, Lock, LockFault, ResourceLock, merge
from reconciler.oauth.observation import (
    Control,
    Declared,
    Fetched,
    HostFacts,
    IssuerEvidence,
    Limits,
    Observation,
    OktaFacts,
    Registration,
    Revision,
    ServerEvidence,
    ServerType,
    Static,
    Target,
    Variant,
    Written,
)
from reconciler.oauth.pin import pin
from reconciler.oauth.providers import NO_QUIRKS, Provider, Providers
from reconciler.oauth.script import issuers_of, probe_issuer, probe_server
from reconciler.oauth.verdict import Capability, Conclusion, ServerVerdict, Standing, Verdicts

__all__ = [
    "CHECKS",
    "NO_QUIRKS",
    "Capability",
    "Conclusion",
    "Control",
    "Declared",
    "Fetched",
    "HostFacts",
    "IssuerEvidence",
    "IssuerLock",
    "Limits",
    "Lock",
    "LockFault",
    "Observation",
    "OktaFacts",
    "Provider",
    "Providers",
    "Registration",
    "ResourceLock",
    "Revision",
    "ServerEvidence",
    "ServerType",
    "ServerVerdict",
    "Standing",
    "Static",
    "Target",
    "Variant",
    "Verdicts",
    "Written",
    "conclude",
    "derive",
    "is_error",
    "issuers_of",
    "judge",
    "merge",
    "pin",
    "probe_issuer",
    "probe_server",
    "weight_of",
]
