"""Pages of every list: complete, in order, without repetition, with opaque cursors."""

import pytest

SERVERS = "/resource-servers/api/v1/mcp-servers"


def filled(world, size):
    """So many manual MCP servers, with names in order of registration."""
    for number in range(size):
        body = {
            "resourceUrl": f"https://{number}.acme.test/",
            "discoveryType": "MANUAL",
            "displayName": f"S{number:03}",
        }
        assert world.call("POST", SERVERS, body).status_code == 202
    return world


def walk(world, path):
    pages = []
    while path:
        answer = world.http.get(path)
        assert answer.status_code == 200, answer.text
        pages.append(answer)
        path = answer.links.get("next", {}).get("url")
    return pages


def names(pages):
    return [server["metadata"]["displayName"] for page in pages for server in page.json()["data"]]


def test_450_servers_in_pages(organisation):
    many = filled(organisation(delay=0.0, max_servers="0"), 450)
    everything = [f"S{number:03}" for number in range(450)]
    for query, sizes in (("", [20] * 22 + [10]), ("?limit=200", [200, 200, 50]), ("?limit=150", [150] * 3)):
        pages = walk(many, SERVERS + query)
        assert [len(page.json()["data"]) for page in pages] == sizes
        assert names(pages) == everything
    first, last = pages[0], pages[-1]
    assert first.json()["_links"]["next"]["href"] == first.links["next"]["url"]
    assert first.json()["_links"]["self"]["href"] == first.links["self"]["url"] == str(first.url)
    assert "next" not in last.json()["_links"]

    query = 'metadata.displayName sw "s1" and status eq "PENDING"'
    pages = walk(many, f"{SERVERS}?limit=30&search={query.replace(' ', '%20')}")
    assert [len(page.json()["data"]) for page in pages] == [30, 30, 30, 10]
    assert names(pages) == everything[100:200], "the next link keeps the search"


def test_what_is_deleted_between_two_pages_does_not_shift_them(organisation):
    many = filled(organisation(delay=0.0), 15)
    first = many.http.get(f"{SERVERS}?limit=10")
    for server in first.json()["data"]:
        many.call("DELETE", f"{SERVERS}/{server['id']}")
    second = many.http.get(first.links["next"]["url"])
    assert second.json()["data"][0]["metadata"]["displayName"] == "S010"


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "", "1e2", "99999999999999999999", "\uff11"])
def test_a_limit_out_of_range_is_refused(world, limit):
    answer = world.http.get(SERVERS, params={"limit": limit})
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "E0000001")


@pytest.mark.parametrize(
    "cursor", ["", "0", "abc", "cDow", "cDotMQ", "é", "cDo5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "cDoxMA=="]
)
def test_a_cursor_that_was_not_given_out_is_refused(world, cursor):
    answer = world.http.get(SERVERS, params={"after": cursor})
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "E0000001")


def test_rows_are_paged_too(organisation):
    world = organisation(delay=0.0)
    server = world.manual()
    for number in range(45):
        world.settle(world.external(server, issuer=f"https://{number}.idp.test"))
    path = f"{SERVERS}/{server}/authorization-servers"
    pages = walk(world, path)
    assert [len(page.json()["data"]) for page in pages] == [20, 20, 5]
    issuers = [row["issuer"] for page in pages for row in page.json()["data"]]
    assert issuers == [f"https://{number}.idp.test" for number in range(45)]
    assert len(walk(world, f"{path}?limit=200")) == 1


def test_custom_authorization_servers_come_as_a_bare_array(world):
    for number in range(5):
        world.custom(f"N{number}")
    pages = walk(world, "/api/v1/authorizationServers?limit=2")
    assert [one["name"] for page in pages for one in page.json()] == ["default", "N0", "N1", "N2", "N3", "N4"]
    assert pages[0].links["self"]["url"] == str(pages[0].url)
