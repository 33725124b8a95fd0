"""The base of every model that text is read into: frozen, strict about unknown keys, camelCase outside."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from reconciler.core.address import NAME_MAX, NAME_PATTERN
from reconciler.core.diagnostic import Rule
from reconciler.core.url import url_faults


class Strict(BaseModel):
    """A frozen model with camelCase aliases that refuses unknown keys."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        str_strip_whitespace=False,
        defer_build=True,  # a model is finished when something is read into it, its parts as parts of it
    )


SECRET_SOURCE = Rule(
    code="CNF006",
    summary="Secret does not come from exactly one place",
    why="With none there is no secret, with two it is not clear which one counts.",
    example="apiToken: {fromEnv: OKTA_API_TOKEN, fromFile: .token}",
    fix="Write either `{fromEnv: NAME}` or `{fromFile: path}`.",
)


def fault(rule: Rule, detail: str) -> PydanticCustomError:
    """An error that a validator raises, carrying a rule's code to the diagnostic that is made of it."""
    return PydanticCustomError(rule.code, "{detail}", {"detail": detail})


def _check_url(url: str) -> str:
    """Refuse what is wrong; what is only odd (a warning) stays for the kind's checks."""
    faults = [(rule, detail) for rule, detail in url_faults(url) if rule.severity == "error"]
    if faults:
        raise fault(faults[0][0], " ".join(detail for _, detail in faults))
    return url


HttpsUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2048),
    AfterValidator(_check_url),
    Field(json_schema_extra={"format": "uri"}),
]
"""An absolute https URL, kept letter by letter (identities are compared as text); http only on loopback."""

Name = Annotated[str, StringConstraints(pattern=rf"^{NAME_PATTERN}$", max_length=NAME_MAX)]
"""A name by which documents refer to each other."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^\S(.*\S)?$")]
"""A short text for people: one line, no blank at either end."""

ScopeToken = Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+$", max_length=255)]
"""A scope token (RFC 6749 section 3.3): printable ASCII without blank, quotation mark and backslash."""

Description = Annotated[str, StringConstraints(max_length=1024)]
"""A longer text for people."""

EnvVariable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=255)]
AnyPath = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class SecretSource(Strict):
    """Where a secret is found when it is needed; never the secret."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["fromEnv"]}, {"required": ["fromFile"]}]})

    from_env: EnvVariable | None = Field(default=None, examples=["OKTA_API_TOKEN"])
    """Name of an environment variable."""
    from_file: AnyPath | None = Field(default=None, examples=["/run/secrets/okta-token"])
    """Path of a file whose content, less the line end, is the secret."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.from_env is None) == (self.from_file is None):
            raise fault(SECRET_SOURCE, "It needs one of `fromEnv` and `fromFile`.")
        return self
