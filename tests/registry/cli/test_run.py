import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

Command = Callable[..., Any]
Install = Callable[..., Path]


def test_a_run_prints_its_summary_and_where_everything_is(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[:4] == ["fruit: 6 text records", "", "groups (clusterer/kmeans): 3 groups", "   group    size  keywords"]
    assert lines[-1] == "written to runs/fruit"
    assert Path("runs/fruit/summary.txt").read_text() in done.out
    groups = pq.read_table("runs/fruit/records.parquet").to_pydict()
    assert groups["id"] == ["1", "2", "3", "4", "5", "6"]
    assert len({groups["groups"][row] for row in (0, 2)}) == 1


def test_away_from_a_terminal_progress_is_plain_lines_on_standard_error(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml")
    first, second = done.err.splitlines()
    assert re.fullmatch(r"tfidf: 6 in \d+\.\d\d s, [\d,]+/s", first)
    assert re.fullmatch(r"groups: 6 in \d+\.\d\d s, [\d,]+/s", second)


def test_json_is_all_that_stands_on_standard_output(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--json", "--out", "here")
    reused = {"tfidf": 0, "groups": 0}
    about = {"records": 6, "quarantined": 0, "reused": reused, "cache": "runs/.cache"}
    assert json.loads(done.out) == {"folder": "here", **about, "metrics": {}, "problems": []}
    assert (done.code, done.err) == (0, "")


def test_quiet_shows_no_progress_even_where_the_spec_names_it(asterism: Command, fruit: Path) -> None:
    Path("spec.yaml").write_text(Path("spec.yaml").read_text() + "hooks: [progress]\n")
    assert asterism("run", "spec.yaml", "--quiet").err == ""
    assert len(asterism("run", "spec.yaml").err.splitlines()) == 2


def test_set_changes_the_spec(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--set", "stages.groups.n_clusters=2", "--set", "name=pair", "--quiet")
    assert "groups (clusterer/kmeans): 2 groups" in done.out
    assert done.out.endswith("written to runs/pair\n")


def test_a_bad_spec_is_bad_input_with_every_problem_on_standard_error(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--set", "stages.groups.n_clusters=0", "--set", "nmae=x")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "spec.yaml:1:1: nmae: is unknown; did you mean 'name'?",
        "spec.yaml:7:5: stages[1] (clusterer/kmeans): n_clusters: must be >= 1 (got 0)",
    ]
    assert not Path("runs").exists()


def test_a_folder_that_is_not_empty_is_bad_input(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--out", ".")
    assert (done.code, done.err) == (2, ".: is there already and not empty; name another folder, or remove it\n")


SLOW = """
    import time
    import numpy as np
    from asterism.framework import Encoder

    class Slow(Encoder):
        def transform(self, records):
            rows = []
            for record in records:
                time.sleep(0.02)
                rows.append([1.0])
            return np.array(rows, dtype=np.float32)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as POSIX does")
def test_ctrl_c_stops_at_the_next_batch_with_a_message(install: Install, fruit: Path) -> None:
    site = install("acme", "[asterism.encoder]\nslow = acme_slow:Slow\n", {"acme_slow": SLOW})
    Path("lines.txt").write_text("some words\n" * 2000)
    Path("spec.yaml").write_text("asterism: 1\nname: long\nsource: {modality: text, path: lines.txt}\nstages: [{encoder: slow}]\n")
    command = [sys.executable, "-m", "asterism.registry.cli", "run", "spec.yaml", "--out", "out"]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(site)}
    )
    events = Path("out/events.jsonl")
    until = time.monotonic() + 60
    while time.monotonic() < until and not (events.exists() and "on_progress" in events.read_text()):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err == "the run was cancelled\n"
    assert [path.name for path in Path("out").iterdir()] == ["events.jsonl"]
    assert json.loads(events.read_text().splitlines()[-1])["error"] == "Cancelled"
