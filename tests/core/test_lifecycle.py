from reconciler.core.lifecycle import Actor, Lifecycle, Move, State

P, OFF, A, X, D = State.PENDING, State.INACTIVE, State.ACTIVE, State.INVALID, State.DELETED
CYCLE = Lifecycle(
    (Move("up", OFF, A), Move("down", A, OFF), Move("delete", OFF, D), Move("fail", A, X, Actor.SERVICE)),
    lands=OFF,
)


def test_a_route_to_where_one_stands_is_empty_not_none():
    assert CYCLE.route(A, A) == ()


def test_a_route_takes_every_move_on_the_way():
    assert [move.verb for move in CYCLE.route(A, D)] == ["down", "delete"]


def test_no_route_is_none_never_empty():
    assert CYCLE.route(D, A) is None
    assert CYCLE.route(P, A) is None


def test_moves_of_the_service_are_never_planned():
    assert CYCLE.route(A, X) is None


def test_of_equally_long_routes_the_first_in_the_table_wins():
    forked = Lifecycle((Move("slow", P, OFF), Move("left", P, A), Move("also-left", P, A)), lands=OFF)
    assert [move.verb for move in forked.route(P, A)] == ["left"]
