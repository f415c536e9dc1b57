import csv as csv_
import json as json_
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from asterism.framework.errors import ModelError, OutputError
from asterism.framework.problems import Problem, problems_to
from asterism.plugins.exports.cells import json_lines
from asterism.plugins.exports.tables import csv, json, parquet
from asterism.registry import Registry
from asterism.registry.finished import open_finished
from asterism.registry.runs import run_plan

Opened = Callable[[Path], Any]


def told_by(work: Callable[[], Any]) -> tuple[Any, list[str]]:
    told: list[Problem] = []
    with problems_to(told.append):
        done = work()
    return done, [str(problem) for problem in told]


def test_parquet_has_edited_groups_titles_and_vectors(texts: Path, tmp_path: Path) -> None:
    run = open_finished(Registry(), texts)
    (path,) = parquet(run, tmp_path / "out")
    assert path == tmp_path / "out" / "records.parquet"
    found = pd.read_parquet(path)
    assert list(found.columns) == ["id", "tfidf", "svd", "groups", "groups_title", "odd", "odd_outlier", "map_x", "map_y"]
    assert found["id"].tolist() == list(run.result.ids)
    np.testing.assert_array_equal(found["groups"], run.result.values["groups"])
    assert found["groups"].nunique() == 2
    assert set(found["groups_title"][:6]) == {"=pies & water"}
    np.testing.assert_array_equal(np.stack(found["svd"].tolist()), run.result.values["svd"])
    before = pq.read_schema(texts / "records.parquet")
    assert pq.read_schema(path).field("svd").metadata.items() >= before.field("svd").metadata.items()


def test_an_export_can_be_read_as_the_table_of_a_run(texts: Path, opened: Opened, tmp_path: Path) -> None:
    run = opened(texts)
    (path,) = parquet(run, tmp_path / "again.parquet")
    (run.folder / "edits.jsonl").unlink()
    path.replace(run.table)
    again = open_finished(Registry(), run.folder)
    for stage in ("groups", "map", "svd", "odd"):
        np.testing.assert_array_equal(again.result.values[stage], run.result.values[stage])


def test_csv_leaves_vectors_out_and_disarms_formulas(texts: Path, tmp_path: Path) -> None:
    (path,), told = told_by(lambda: csv(open_finished(Registry(), texts), tmp_path / "a.csv"))
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv_.DictReader(stream))
    assert list(rows[0]) == ["id", "groups", "groups_title", "odd", "odd_outlier", "map_x", "map_y"]
    assert [row["id"] for row in rows] == ["'=HYPERLINK('http://x')", "-5", "'@sum", '<b>"q"</b>', "مرحبا", "a,b;c", "'+x", "plain"]
    assert {row["groups_title"] for row in rows[:6]} == {"'=pies & water"}
    assert told == [
        "a cell holds no vector: tfidf, svd left out; parquet and json keep them",
        "9 cells begin as a formula does and got a ' before them",
    ]


def test_csv_says_the_same_as_parquet(texts: Path, tmp_path: Path) -> None:
    run = open_finished(Registry(), texts)
    (path,), _ = told_by(lambda: csv(run, tmp_path))
    assert path == tmp_path / "records.csv"
    found = pd.read_csv(path, dtype={"odd": np.float64})
    np.testing.assert_array_equal(found[["map_x", "map_y"]].to_numpy(np.float32), run.result.values["map"])
    np.testing.assert_array_equal(found["odd"], run.result.values["odd"])


def test_json_is_a_line_for_each_record(texts: Path, tmp_path: Path) -> None:
    run = open_finished(Registry(), texts)
    (path,), told = told_by(lambda: json(run, tmp_path))
    assert (path.name, told) == ("records.jsonl", [])
    rows = [json_.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == list(run.result.ids)
    np.testing.assert_array_equal(np.array([row["svd"] for row in rows], np.float32), run.result.values["svd"])
    cell = rows[0]["tfidf"][0]
    assert np.float32(cell["value"]) == run.result.values["tfidf"][0, cell["index"]]
    assert len(str(cell["value"])) <= 12  # the fewest digits that mean the same


def test_numbers_that_json_does_not_know_are_null(texts: Path, opened: Opened, tmp_path: Path) -> None:
    run = opened(texts)
    table = pq.read_table(run.table)
    at, field = table.schema.get_field_index("odd"), table.schema.field("odd")
    pq.write_table(table.set_column(at, field, [[np.nan, np.inf, *range(6)]]), run.table)
    (path,) = json(run, tmp_path / "x.jsonl")
    assert [json_.loads(line)["odd"] for line in path.read_text().splitlines()][:3] == [None, None, 0.0]


def test_rankings_stand_in_csv_as_json(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("user,item\n" + "".join(f"u{n},{item}\n" for n in range(6) for item in f"{n % 3}xy"))
    source = {"modality": "interactions", "path": str(tmp_path / "log.csv")}
    spec = {"asterism": 1, "name": "log", "source": source, "stages": [{"recommender": "popular", "n_recommendations": 2}]}
    registry = Registry()
    run_plan(registry, registry.plan(spec), tmp_path / "run")
    (path,) = csv(open_finished(registry, tmp_path / "run"), tmp_path / "out")
    first = pd.read_csv(path).iloc[0]
    assert all(isinstance(item, str) for item in json_.loads(first["popular"]))
    assert len(json_.loads(first["popular"])) == len(json_.loads(first["popular_scores"]))


def test_what_is_there_is_not_overwritten(texts: Path, tmp_path: Path) -> None:
    (tmp_path / "records.csv").write_text("mine")
    run = open_finished(Registry(), texts)
    with pytest.raises(OutputError, match=r"records\.csv: is there already; name another file, or remove it"):
        csv(run, tmp_path)
    with pytest.raises(OutputError, match=r"table\.txt: must end in \.csv, or be a folder"):
        csv(run, tmp_path / "table.txt")
    with pytest.raises(OutputError, match=r"cannot be written"):
        csv(run, tmp_path / "records.csv" / "below")
    assert [path.name for path in tmp_path.iterdir()] == ["records.csv"]


def test_a_table_that_breaks_off_leaves_nothing(texts: Path, opened: Opened, tmp_path: Path) -> None:
    run = opened(texts)
    whole = run.table.read_bytes()
    run.table.write_bytes(whole[:4] + bytes(len(whole) // 2 - 4) + whole[len(whole) // 2 :])
    for write in (parquet, csv, json):
        with pytest.raises((ModelError, OutputError)):
            write(run, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_json_of_any_column_is_what_python_writes() -> None:
    numbers = np.random.RandomState(0).normal(scale=1e-3, size=(20, 3))
    lists = pa.FixedSizeListArray.from_arrays(pa.array(numbers.ravel()), 3)
    columns = {
        'a "name"': pa.array(numbers[:, 0]),
        "three": lists,
        "any": lists.cast(pa.list_(pa.float64())),
        "large": lists.cast(pa.large_list(pa.float64())),
        "gaps": pa.array([[1.5], None, []] * 6 + [[2.5], None]),
        "whole": pa.array([*range(-10, 9), None]),
        "text": pa.array(['"\\\n\u2028', "<&>", "", None] * 5),
        "truth": pa.array([True, False, None, True] * 5),
        "cells": pa.array([[{"index": row, "value": 0.5}] * (row % 3) for row in range(20)]),
    }
    table = pa.concat_tables([pa.table(columns).slice(3, 9), pa.table(columns).slice(12)])
    assert [json_.loads(line) for line in json_lines(table).splitlines()] == table.to_pylist()
    assert json_lines(table.slice(0, 0)) == b""
