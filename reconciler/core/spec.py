"""The base of every model that text is read into: frozen, strict about unknown keys, camelCase outside."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
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
        use_attribute_docstrings=True,
        str_strip_whitespace=False,
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

Description = Annotated[str, StringConstraints(max_length=1024)]
"""A longer text for people."""
