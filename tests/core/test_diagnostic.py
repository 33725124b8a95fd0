from reconciler.core.diagnostic import Diagnostic, Rule, Severity, Source, in_order

RULE = Rule("T001", "Summary", "why", "example", "general fix")


def test_a_rule_words_its_findings_once():
    found = RULE.found("Detail.", path=("spec", 0), subject="A.b")
    assert (found.code, found.summary, found.fix, found.subject, found.path) == (
        "T001",
        "Summary",
        "general fix",
        "A.b",
        ("spec", 0),
    )
    assert found.is_error


def test_a_better_fix_replaces_the_general_one():
    assert RULE.found("Detail.", fix="do this").fix == "do this"


def test_a_warning_is_not_an_error():
    assert not Rule("T", "s", "w", "e", "f", Severity.WARNING).found("d").is_error


def test_a_place_is_shown_as_editors_read_it():
    assert str(Source("a.yaml", 3, 7)) == "a.yaml:3:7"
    assert str(Source("a.yaml")) == "a.yaml"


def test_faults_print_in_the_order_of_their_places_and_those_without_one_last():
    one = Diagnostic("B", "s", "d").at(Source("a.yaml", 2, 1))
    two = Diagnostic("A", "s", "d").at(Source("a.yaml", 10, 1))
    three = Diagnostic("A", "s", "d")
    assert in_order([three, two, one]) == (one, two, three)


def test_faults_of_one_place_print_by_code_subject_and_path():
    found = [Diagnostic("A", "s", "d", subject=s, path=p) for s, p in (("y", ()), ("x", (1,)), ("x", ("a",)))]
    assert [(d.subject, d.path) for d in in_order(found)] == [("x", (1,)), ("x", ("a",)), ("y", ())]
