from reconciler.core.wire import Call, Items, converge
from tests.support.flows import ok, play


def replaced(item, body):
    yield Call("PUT", f"/things/{item['id']}", body)


def flow(wanted):
    return converge(
        "/things",
        wanted,
        key=lambda item: item["name"],
        same=lambda item, body: item["size"] == body["size"],
        change=replaced,
        removable=lambda item: not item.get("system"),
    )


PRESENT = [
    {"id": 1, "name": "same", "size": 1},
    {"id": 2, "name": "differs", "size": 1},
    {"id": 3, "name": "excess", "size": 1},
    {"id": 4, "name": "builtin", "size": 1, "system": True},
]


def test_children_are_added_changed_and_removed_and_nothing_else():
    wanted = {"same": {"size": 1}, "differs": {"size": 2}, "lacks": {"size": 3}}
    play(
        flow(wanted),
        (Items("/things"), PRESENT),
        (Call("PUT", "/things/2", {"size": 2}), ok()),
        (Call("POST", "/things", {"size": 3}), ok()),
        (Call("DELETE", "/things/3"), ok()),
    )


def test_children_that_are_as_wanted_cost_one_read():
    play(flow({"same": {"size": 1}}), (Items("/things"), PRESENT[:1]))
