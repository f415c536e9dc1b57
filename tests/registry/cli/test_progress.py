import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from asterism.framework.problems import Problem
from asterism.registry.cli.progress import Progress

COMMAND = [sys.executable, "-m", "asterism.registry.cli", "run", "spec.yaml", "--out", "out"]


def test_a_terminal_shows_a_bar_per_stage_and_standard_output_stays_clean(fruit: Path) -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=theirs, env=environment, text=True) as process:
        os.close(theirs)
        shown = read_all(ours)
        out = process.stdout.read() if process.stdout else ""
    os.close(ours)
    assert process.returncode == 0
    assert out.startswith("fruit: 6 text records\n")
    assert "\x1b" not in out
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    for stage in ("tfidf", "groups"):
        bars = re.findall(rf"{stage} +━+ .*", plain)
        assert bars, plain
    assert re.search(r"tfidf +━+ 6/6 [\d,]+/s 0:00:\d\d", plain)
    assert re.search(r"groups +━+ 1/1", plain)


def test_of_many_records_that_are_left_out_a_few_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    for place in range(8):
        progress.on_problem(Problem("is torn", ids=(str(place),), place=f"{place}.png", stage="pixels", quarantined=True))
    progress.on_problem(Problem("was cut", stage="pixels"))
    progress.after_run()
    assert capsys.readouterr().err.splitlines() == [
        *(f"stage 'pixels': {place}.png: is torn (records '{place}'); left out" for place in range(5)),
        "stage 'pixels': was cut",
        "left out: 8 records, those above included",
    ]


def read_all(descriptor: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # Linux says so where the other side was closed
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode()
