"""Renames that somebody wrote down."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from reconciler.core.address import Address
from reconciler.core.spec import Strict, fault
from reconciler.manifests.config.rules import ADDRESS
from reconciler.manifests.show import shown


def _address(text: str) -> str:
    try:
        Address.parse(text)
    except ValueError as error:
        raise fault(ADDRESS, f"{shown(text)} is none.") from error
    return text


AddressText = Annotated[str, StringConstraints(min_length=1, max_length=127), AfterValidator(_address)]


class MovedRecord(Strict):
    """One rename. It may stay for good: where it was followed it has no effect any more."""

    from_: AddressText = Field(alias="from", examples=["McpServer.jira"])
    """The address before."""
    to: AddressText = Field(examples=["McpServer.tickets"])
    """The address now."""
