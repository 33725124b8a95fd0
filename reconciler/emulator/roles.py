"""Admin roles of apps: the contract says that an app needs one, not by which call it gets one."""

from __future__ import annotations

from typing import Any

from .records import Record

ROLES = ("SUPER_ADMIN", "API_ACCESS_MANAGEMENT_ADMIN", "APP_ADMIN", "READ_ONLY_ADMIN", "CUSTOM")


def of(app: Record) -> list[str]:
    found: Any = app.document.get("roles")
    return list(found or ())
