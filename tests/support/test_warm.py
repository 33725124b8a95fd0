"""The warm command line answers as the installed one does, also where several ask at once."""

import subprocess

from reconciler import __version__
from tests.support.warm import client


def test_calls_at_the_same_time_get_each_their_own_answer_and_exit_code(tmp_path):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": tmp_path}
    with client(tmp_path) as tool:
        asked = [
            subprocess.Popen([tool, *words], **pipes) for words in (("--version",), ("validate", "--none"), ("plan",))
        ]
        answers = [(*each.communicate(timeout=60), each.returncode) for each in asked]
    (said, _, well), (_, usage, misused), (_, missing, unfound) = answers
    assert (well, misused) == (0, 64)
    assert __version__.encode() in said
    assert b"--none" in usage
    assert unfound != 0
    assert missing
