import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., Any]


def test_a_good_spec_is_told_so(asterism: Command, fruit: Path) -> None:
    assert asterism("check", "spec.yaml") == (0, "spec.yaml: no problem found\n", "")


def test_the_data_are_not_read(asterism: Command, fruit: Path) -> None:
    Path("table.csv").unlink()
    assert asterism("check", "spec.yaml").code == 0


def test_every_problem_is_a_line_on_standard_error(asterism: Command, fruit: Path) -> None:
    done = asterism("check", "spec.yaml", "--set", "stages.groups.n_clusters=0", "--set", "source.path=7")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "spec.yaml:3:26: source: path: must be text (got 7)",
        "spec.yaml:7:5: stages[1] (clusterer/kmeans): n_clusters: must be >= 1 (got 0)",
    ]


def test_json_lists_every_problem_with_its_place(asterism: Command, fruit: Path) -> None:
    done = asterism("check", "spec.yaml", "--json", "--set", "stages.groups.n_clusters=0")
    assert (done.code, done.err) == (2, "")
    assert json.loads(done.out) == [
        {
            "message": "n_clusters: must be >= 1 (got 0)",
            "place": "stages[1] (clusterer/kmeans)",
            "file": "spec.yaml",
            "line": 7,
            "column": 5,
        }
    ]
    assert json.loads(asterism("check", "spec.yaml", "--json").out) == []


def test_a_spec_that_is_not_there_is_bad_input(asterism: Command, here: Path) -> None:
    assert asterism("check", "none.yaml") == (2, "", "none.yaml: cannot be read: No such file or directory\n")
