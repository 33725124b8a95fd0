"""The composition root: one module a use case. It alone knows everybody; it holds no rule of its own.

`workspace` reads what the author wrote, `organisations` opens what is there, `memory` says who runs it, `locking` waits
for the lock, `planning` compares, `reviewing` knows what was approved, `applying` performs, `adopting` describes what
is there, `evidence` says whether what is to be activated is ready; `subjects`, `control` and `readiness` probe,
`reference` looks things up.

A use case is imported when it is asked for: a plan needs nothing of what only an apply does.
"""

from typing import TYPE_CHECKING

from reconciler.core import late

if TYPE_CHECKING:
    from reconciler.app.applying import Limits, Running, apply, begin, refuse, resume
    from reconciler.app.envelope import demand_bound
    from reconciler.app.evidence import Asking
    from reconciler.app.fingerprints import noticed
    from reconciler.app.memory import fence
    from reconciler.app.organisations import SystemClock, connect
    from reconciler.app.planning import Planned, exit_code, held, plan
    from reconciler.app.reference import graph, rules, schemas
    from reconciler.app.reviewing import demand_reviewed
    from reconciler.app.revision import below
    from reconciler.app.workspace import STATE_FOLDER, Workspace, open_workspace, validate

__all__ = [
    "STATE_FOLDER",
    "Asking",
    "Limits",
    "Planned",
    "Running",
    "SystemClock",
    "Workspace",
    "apply",
    "begin",
    "below",
    "connect",
    "demand_bound",
    "demand_reviewed",
    "exit_code",
    "fence",
    "graph",
    "held",
    "noticed",
    "open_workspace",
    "plan",
    "refuse",
    "resume",
    "rules",
    "schemas",
    "validate",
]

if not TYPE_CHECKING:
    __getattr__ = late.names(
        __name__,
        {
            "applying": ("Limits", "Running", "apply", "begin", "refuse", "resume"),
            "envelope": ("demand_bound",),
            "evidence": ("Asking",),
            "fingerprints": ("noticed",),
            "memory": ("fence",),
            "organisations": ("SystemClock", "connect"),
            "planning": ("Planned", "exit_code", "held", "plan"),
            "reference": ("graph", "rules", "schemas"),
            "reviewing": ("demand_reviewed",),
            "revision": ("below",),
            "workspace": ("STATE_FOLDER", "Workspace", "open_workspace", "validate"),
        },
    )
