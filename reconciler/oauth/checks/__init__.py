"""The checks, one module or two a family: each a small pure function beside the row that explains it.

The tables say what a check looks at: the MCP server, one of its authorization servers, the form of what either of
them answered (`SITE`), or what was derived in the end (`SETTLED`).
"""

from collections.abc import Mapping

from reconciler.core.evidence import Check
from reconciler.oauth.case import IssuerCase, ServerCase, Site
from reconciler.oauth.checks import (
    asd,
    asm,
    asm_claims,
    cfg,
    cfg_issuer,
    con,
    drf,
    end,
    jwk,
    mcp,
    net,
    net_content,
    prm,
    prm_content,
    reg,
    sts,
    wwa,
    xaa,
)
from reconciler.oauth.outcome import Entry

SERVER: tuple[Entry[ServerCase], ...] = (
    *cfg.SERVER,
    *net.SERVER,
    *net_content.SERVER,
    *mcp.SERVER,
    *wwa.SERVER,
    *prm.SERVER,
    *prm_content.SERVER,
    *asd.SERVER,
    *xaa.SERVER,
    *con.SERVER,
    *drf.SERVER,
)
SITE: tuple[Entry[Site], ...] = (*net.SITE, *net_content.SITE, *asm.SITE)
ISSUER: tuple[Entry[IssuerCase], ...] = (
    *cfg_issuer.ISSUER,
    *prm.ISSUER,
    *asd.ISSUER,
    *asm.ISSUER,
    *asm_claims.ISSUER,
    *end.ISSUER,
    *jwk.ISSUER,
    *xaa.ISSUER,
    *sts.ISSUER,
    *reg.ISSUER,
    *con.ISSUER,
    *drf.ISSUER,
)
SETTLED: tuple[Entry[con.Settled], ...] = (*con.SETTLED, *drf.SETTLED)

FAMILIES = ("CFG", "NET", "MCP", "WWA", "PRM", "ASD", "ASM", "END", "JWK", "XAA", "STS", "REG", "CON", "DRF")
"""The order in which a reader wants them: what is written, what answers, what follows."""


def place(code: str) -> tuple[int, str]:
    """Where an id stands in the order of the catalogue."""
    return FAMILIES.index(code[:3]), code


_ALL: tuple[Check, ...] = (
    *(entry.check for entry in SERVER),
    *(entry.check for entry in SITE),
    *(entry.check for entry in ISSUER),
    *(entry.check for entry in SETTLED),
)
CHECKS: Mapping[str, Check] = {check.id: check for check in sorted(_ALL, key=lambda check: place(check.id))}
"""Every row by id, in the order of the catalogue."""
