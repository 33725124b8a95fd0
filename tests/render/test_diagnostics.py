from reconciler.core.diagnostic import Diagnostic, Rule, Severity, Source
from reconciler.render import diagnostics
from reconciler.render.palette import ASCII, Palette

ERROR = Diagnostic("A001", "Wrong", "It is wrong.", "Do it right.", subject="McpServer.jira").at(Source("a.yaml", 3, 5))
WARNING = Diagnostic("A002", "Odd", "It is odd.", severity=Severity.WARNING)


def test_each_fault_shows_place_detail_and_fix_and_the_last_line_counts():
    assert diagnostics.render([ERROR, WARNING]) == (
        "error[A001] Wrong\n"
        "  → a.yaml:3:5 McpServer.jira\n"
        "  It is wrong.\n"
        "  fix: Do it right.\n"
        "\n"
        "warning[A002] Odd\n"
        "  It is odd.\n"
        "\n"
        "1 error, 1 warning in 1 file.\n"
    )


def test_no_faults_is_one_line():
    assert diagnostics.render([]) == "0 errors, 0 warnings.\n"


def test_a_terminal_without_symbols_gets_ascii_arrows():
    assert "  -> a.yaml:3:5" in diagnostics.render([ERROR], ASCII)


def test_nothing_hostile_passes_through_place_detail_or_fix():
    evil = "\x1b]0;x\x07\u202e"
    found = Diagnostic("A001", "Wrong", evil, evil, subject=evil).at(Source(evil, 1, 1))
    text = diagnostics.render([found], Palette())
    assert not set(evil) & set(text) - set("]0;x")


def test_the_page_of_a_rule_has_what_why_example_and_fix():
    rule = Rule("A001", "Wrong", "Because.", "line one\nline two", "Do it right.")
    assert diagnostics.render_rule(rule) == (
        "A001 (error)\n\n"
        "What     Wrong.\n"
        "Why      Because.\n"
        "Example\n    line one\n    line two\n"
        "Fix      Do it right.\n"
    )
    warning = Rule("A002", "Odd", "w", "e", "f", Severity.WARNING)
    assert diagnostics.render_rule(warning).startswith("A002 (warning)")
