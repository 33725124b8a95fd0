"""What may be written under `spec:` of an AiAgent."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from reconciler.core.spec import Strict


class AiAgentSpec(Strict):
    """An AI agent of the organisation (workload principal, id `wlp…`). It is read and used, never written."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["profileName"]}, {"required": ["id"]}]})

    profile_name: Annotated[str, StringConstraints(min_length=3, max_length=255)] | None = Field(
        default=None, examples=["Support assistant"]
    )
    """Its name in Okta, unique there."""
    id: Annotated[str, StringConstraints(pattern=r"^wlp[A-Za-z0-9]{10,40}$")] | None = None
    """Its id, instead of the name."""
