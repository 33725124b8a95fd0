import json
from datetime import date

import pytest
from pydantic import ValidationError

from reconciler.oauth.providers import NO_QUIRKS, read
from reconciler.oauth.providers.load import load

ROW = {"name": "A", "hosts": ["a.example"], "note": "n", "source": "s", "review_by": "2027-01-01"}


def table(*rows):
    return read({f"{index}.json": json.dumps({**ROW, **row}) for index, row in enumerate(rows)})


def test_a_host_stands_for_its_subdomains_and_an_issuer_for_itself():
    providers = table({}, {"name": "B", "hosts": [], "issuers": ["https://x.a.example/b"]})
    assert providers.of("https://x.a.example/c").name == "A"
    assert providers.of("https://x.a.example/b").name == "B"
    assert providers.of("https://ba.example/") is None
    assert NO_QUIRKS.of("https://a.example") is None


@pytest.mark.parametrize("row", [{"pkce": "maybe"}, {"odd": 1}, {"review_by": "soon"}, {"note": None}])
def test_a_row_with_a_slip_is_refused(row):
    with pytest.raises(ValidationError):
        table(row)


def test_the_table_of_the_package_is_well_kept():
    providers = load()
    assert load() is providers
    assert len({row.name for row in providers.rows}) == len(providers.rows) >= 15
    for row in providers.rows:
        assert row.note.endswith(".")
        assert row.source
        assert row.review_by >= date(2027, 1, 1)


@pytest.mark.parametrize(
    ("issuer", "name", "knobs"),
    [
        (
            "https://login.microsoftonline.com/x/v2.0",
            "Microsoft Entra ID",
            {"pkce": "asserted", "resource_parameter": "omit"},
        ),
        ("https://accounts.google.com", "Google", {"issuer_match": "root_slash"}),
        ("https://github.com/login/oauth", "GitHub", {"accept_json": True}),
        ("https://acme.okta.com/oauth2/default", "Okta", {"resource_parameter": "send"}),
    ],
)
def test_known_providers_are_recognised(issuer, name, knobs):
    row = load().of(issuer)
    assert row is not None
    assert (row.name, {knob: getattr(row, knob) for knob in knobs}) == (name, knobs)
