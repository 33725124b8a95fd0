"""The player of documents finds what a document gets wrong."""

import pytest

from tests.support.story import Command, File, Stage, agrees, steps

DOCUMENT = """\
```yaml file=a/b.yaml
x: 1
```

```console
$ cat a/b.yaml
x: 1
$ ls missing \\
    2>/dev/null
(exit code 2)
```

```text
$ not a command
```
"""


def test_files_commands_outputs_and_exit_codes_are_read():
    assert list(steps(DOCUMENT)) == [
        File("a/b.yaml", "x: 1\n"),
        Command("cat a/b.yaml", ("x: 1",)),
        Command("ls missing 2>/dev/null", (), 2),
    ]


@pytest.mark.parametrize(
    ("shown", "said", "fits"),
    [
        ("ab", "ab", True),
        ("ab", "abc", False),
        ("ab", "a", False),
        ("", "", True),
        ("", "a", False),
        ("…", "", True),
        ("…", "abc", True),
        ("a…c", "abc", True),
        ("a…c", "abd", False),
        ("…b", "ab", True),
        ("…b", "abc", False),
        ("…ca…", "abca", True),
        ("…ac…", "abca", False),
    ],
)
def test_an_output_is_what_is_shown_and_dots_stand_for_any_lines(shown, said, fits):
    assert agrees(list(shown), list(said)) is fits


def test_a_story_is_played_and_a_wrong_line_or_exit_code_is_found(tmp_path):
    stage = Stage(tmp_path)
    stage.play(DOCUMENT)
    assert stage.commands == 2
    for wrong in (DOCUMENT.replace("\nx: 1\n$", "\nx: 2\n$"), DOCUMENT.replace("code 2", "code 0")):
        with pytest.raises(AssertionError, match="after"):
            Stage(tmp_path).play(wrong)
