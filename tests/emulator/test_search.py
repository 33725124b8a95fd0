"""The SCIM subset: what it finds, and that everything outside of it is refused."""

import pytest

SERVERS = "/resource-servers/api/v1/mcp-servers"


def found(world, search):
    answer = world.http.get(SERVERS, params={"search": search})
    assert answer.status_code == 200, answer.text
    return [server["metadata"].get("displayName") for server in answer.json()["data"]]


@pytest.fixture
def named(organisation):
    world = organisation(delay=0.0)
    for name in ("Alpha", "alphabet", "Beta", 'Quo"te', "Back\\slash", "Straße", None):
        world.manual(**({"displayName": name} if name else {}))
    world.inactive(displayName="Ready")
    return world


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ('metadata.displayName eq "alpha"', ["Alpha"]),
        ('metadata.displayName sw "ALPHA"', ["Alpha", "alphabet"]),
        ('metadata.displayName co "et"', ["alphabet", "Beta"]),
        ('metadata.displayName eq "Quo\\"te"', ['Quo"te']),
        ('metadata.displayName eq "Back\\\\slash"', ["Back\\slash"]),
        ('metadata.displayName eq "STRASSE"', ["Straße"]),
        ('metadata.displayName sw "%"', []),
        ('metadata.displayName sw ""', ["Alpha", "alphabet", "Beta", 'Quo"te', "Back\\slash", "Straße", "Ready"]),
        ('status eq "INACTIVE"', ["Ready"]),
        ('status EQ "INACTIVE"   AND metadata.displayName co "ead"', ["Ready"]),
        ('status eq "PENDING" and metadata.displayName sw "b" and metadata.displayName co "eta"', ["Beta"]),
        ('status eq "NONSENSE"', []),
        ('detectedMetadata.resourceName eq "x"', []),
    ],
)
def test_search_finds(named, search, names):
    assert found(named, search) == names


@pytest.mark.parametrize(
    "search",
    [
        "",
        " ",
        "status",
        "status eq",
        "status eq ACTIVE",
        'status sw "A"',
        'status ne "ACTIVE"',
        'resourceUrl eq "https://a.test"',
        'displayName eq "x"',
        'metadata.displayName pr "x"',
        'status eq "ACTIVE" or status eq "INVALID"',
        'status eq "ACTIVE" and',
        'and status eq "ACTIVE"',
        '(status eq "ACTIVE")',
        'not status eq "ACTIVE"',
        'status eq "ACTIVE" status eq "ACTIVE"',
        'status eq "ACTIVE',
        '"status" eq "ACTIVE"',
        'status eq "ACTIVE"; drop table mcp_servers',
        'status eq "A\\n"',
        'status eq "ACTIVE" and ' * 40 + 'status eq "ACTIVE"',
    ],
)
def test_anything_else_is_e0000031(world, search):
    answer = world.http.get(SERVERS, params={"search": search})
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (400, "E0000031")
    assert body["errorCauses"][0]["reason"] == "INVALID_FILTER"
