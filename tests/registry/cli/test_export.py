"""`asterism export`: runs for other programs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

Command = Callable[..., Any]


@pytest.fixture
def run(fruit: Path, asterism: Command) -> Path:
    """The folder of a run with three groups."""
    assert asterism("run", "spec.yaml", "--quiet", "--out", "run").code == 0
    return fruit / "run"


def test_a_run_is_written_where_it_is_wanted(asterism: Command, run: Path) -> None:
    assert asterism("export", "run", "--to", "parquet", "--out", "a.parquet") == (0, "written to a.parquet\n", "")
    assert pq.read_table("a.parquet").num_rows == 6
    assert asterism("export", "run", "--to", "scikit-learn-html", "--out", "pages") == (0, "written to pages/pipeline.html\n", "")


def test_what_is_left_out_is_told(asterism: Command, run: Path) -> None:
    assert asterism("export", "run", "--to", "csv", "--out", "out") == (
        0,
        "written to out/records.csv\n\nWorth knowing\n  - a cell holds no vector: tfidf left out; parquet and json keep them\n",
        "",
    )


def test_names_that_people_gave_are_in_it(asterism: Command, run: Path) -> None:
    (run / "edits.jsonl").write_text(json.dumps({"stage": "groups", "groups": [0, 1], "name": "fruit"}) + "\n")
    assert asterism("export", "run", "--to", "json", "--out", "out").code == 0
    rows = [json.loads(line) for line in Path("out/records.jsonl").read_text().splitlines()]
    assert {row["groups"] for row in rows} == {0, 2}
    assert {row["groups_title"] for row in rows if row["groups"] == 0} == {"fruit"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--to", "parket", "--out", "out"], "no exporter is called 'parket'; did you mean 'parquet'?\n"),
        (["run", "--to", "embedding-atlas", "--out", "out"], "run: no stage gives a map; let the spec have a reducer to 2 components\n"),
        (["run", "--to", "csv", "--out", "a.txt"], "a.txt: must end in .csv, or be a folder\n"),
        (["rum", "--to", "csv", "--out", "out"], "rum: there is no such folder; did you mean 'run'?\n"),
    ],
)
def test_what_cannot_be_written_is_bad_input(asterism: Command, run: Path, arguments: list[str], message: str) -> None:
    assert asterism("export", *arguments) == (2, "", message)
    assert not Path("out").exists()


def test_plots_and_exporters_are_listed_and_shown(asterism: Command) -> None:
    assert "exporter/tensorboard-projector" in asterism("list", "exporter").out
    assert {line.split()[0] for line in asterism("list", "plot").out.splitlines()} >= {"plot/map", "plot/sizes", "plot/elbow"}
    done = asterism("show", "exporter/csv")
    assert done.code == 0
    assert "needs run, out\n" in done.out
