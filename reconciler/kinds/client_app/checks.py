"""What an author can fix about an app, seen from its document alone."""

from collections.abc import Iterator

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.kind import Kinds
from reconciler.core.resources import Desired, Resource
from reconciler.core.url import URL_CANONICAL, URL_CLEAN, URL_HTTPS, URL_SECRET, odd_url
from reconciler.kinds.client_app.spec import ClientAppSpec

NO_REDIRECT = Rule(
    code="APP001",
    summary="The code grant has nowhere to lead back to",
    why="With authorization_code the user comes back to a redirect URI, and Okta refuses an app without one "
    "(okta-api §1.5).",
    example="grantTypes: [authorization_code]   # without redirectUris",
    fix="Add redirectUris, for Okta's own broker `https://<your org>/oauth2/v1/sts/callback`.",
)

RULES = (URL_HTTPS, URL_CLEAN, URL_CANONICAL, URL_SECRET, NO_REDIRECT)


def check(resource: Resource[ClientAppSpec], _desired: Desired, _kinds: Kinds) -> Iterator[Diagnostic]:
    """Yield every fault of the document, each with the path at which it stands."""
    spec = resource.spec
    if "authorization_code" in spec.grant_types and not spec.redirect_uris:
        yield NO_REDIRECT.found("It has no `redirectUris`.", path=("spec",))
    for place, url in enumerate(spec.redirect_uris):
        yield from odd_url(url, ("spec", "redirectUris", place))
