import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_matrix

from asterism.framework import Component, Ranking, Result, Stage
from asterism.framework.problems import Problem, problems_to
from asterism.framework.strings import Strings
from asterism.registry.table import write_table


class Plain(Component):
    """Gives something, and no further columns."""

    kind = "plain"


def stage(name: str, gives: str, cls: type[Component] = Plain) -> Stage:
    return Stage(name, type(cls.__name__, (cls,), {"gives": gives})())


def table(
    tmp_path: Path, values: dict[str, Any], targets: list[str] | None = None, gives: str = "matrix", cls: type[Component] = Plain
) -> pa.Table:
    """Write a result of two records and read it back."""
    result = Result(None, ["a", "b"], targets)
    for name, value in values.items():
        result.values[name] = value
        result.stages[name] = stage(name, gives, cls)
    write_table(result, tmp_path / "records.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["records.parquet"]
    return pq.read_table(tmp_path / "records.parquet")


def test_ids_and_targets_stand_first(tmp_path: Path) -> None:
    written = table(tmp_path, {"groups": np.array([1, -1])}, ["x", "y"])
    assert written.to_pydict() == {"id": ["a", "b"], "target": ["x", "y"], "groups": [1, -1]}
    assert written.schema.field("groups").type == pa.int64()


def test_without_targets_there_is_no_such_column(tmp_path: Path) -> None:
    assert table(tmp_path, {}).to_pydict() == {"id": ["a", "b"]}


def test_scores_are_a_column_of_numbers(tmp_path: Path) -> None:
    written = table(tmp_path, {"odd": np.array([0.5, 2.5])})
    assert written.schema.field("odd").type == pa.float64()
    assert written["odd"].to_pylist() == [0.5, 2.5]


def test_a_map_is_two_columns(tmp_path: Path) -> None:
    written = table(tmp_path, {"map": np.array([[1, 2], [3, 4]], np.float32)})
    assert written.to_pydict() == {"id": ["a", "b"], "map_x": [1, 3], "map_y": [2, 4]}


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_matrix_is_a_column_of_lists_of_one_length(tmp_path: Path, order: Any) -> None:
    written = table(tmp_path, {"pca": np.asarray([[1, 2, 3], [4, 5, 6]], np.float32, order=order)})
    assert written.schema.field("pca").type == pa.list_(pa.float32(), 3)
    assert written["pca"].to_pylist() == [[1, 2, 3], [4, 5, 6]]


def test_a_matrix_of_one_column_stays_a_matrix(tmp_path: Path) -> None:
    assert table(tmp_path, {"one": np.array([[1], [2]], np.float32)})["one"].to_pylist() == [[1], [2]]


def test_a_matrix_without_columns_is_written_as_such(tmp_path: Path) -> None:
    assert table(tmp_path, {"none": np.zeros((2, 0), np.float32)})["none"].to_pylist() == [[], []]


def test_a_sparse_matrix_is_pairs_of_column_and_value(tmp_path: Path) -> None:
    matrix = csr_matrix(np.array([[0, 1.5, 0], [2, 0, 3]], np.float32))
    assert table(tmp_path, {"tfidf": matrix})["tfidf"].to_pylist() == [
        [{"index": 1, "value": 1.5}],
        [{"index": 0, "value": 2.0}, {"index": 2, "value": 3.0}],
    ]


def test_a_ranking_is_items_and_scores_without_the_places_that_stayed_empty(tmp_path: Path) -> None:
    ranking = Ranking(np.array([[2, 0], [1, -1]]), np.array([[3, 1], [2, 0]], np.float32), ["p", "q", "r"])
    written = table(tmp_path, {"next": ranking}, gives="ranking")
    assert written.to_pydict() == {"id": ["a", "b"], "next": [["r", "p"], ["q"]], "next_scores": [[3.0, 1.0], [2.0]]}


def test_what_a_generator_made_is_no_column(tmp_path: Path) -> None:
    assert table(tmp_path, {"made": ["x"] * 7}, gives="items").column_names == ["id"]


def test_a_value_of_a_new_kind_is_a_column_where_it_has_a_row_per_record(tmp_path: Path) -> None:
    assert table(tmp_path, {"tags": [["red"], []]}, gives="tags")["tags"].to_pylist() == [["red"], []]


@pytest.mark.parametrize("rows", [1, 256, 1000])
def test_a_table_of_many_groups_of_rows_holds_what_one_group_would(tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterism.registry.table.ROWS_AT_LEAST", rows)
    monkeypatch.setattr("asterism.registry.table.GROUP_BYTES", 1)
    n = 700
    dense = np.arange(3 * n, dtype=np.float32).reshape(n, 3)
    sparse = csr_matrix(dense * (dense % 5 == 0))
    ranking = Ranking(np.tile([[1, 0], [0, -1]], (n // 2, 1)), np.ones((n, 2), np.float32), ["p", "q"])
    values = {
        "dense": dense,
        "sparse": sparse,
        "map": dense[:, :2],
        "labels": np.arange(n),
        "next": ranking,
        "tags": [["x"], []] * (n // 2),
    }
    result = Result(None, Strings(f"r{row}" for row in range(n)), Strings("ab"[row % 2] for row in range(n)))
    for name, value in values.items():
        result.values[name] = value
        result.stages[name] = stage(name, "any")
    write_table(result, tmp_path / "records.parquet")
    with pq.ParquetFile(tmp_path / "records.parquet") as file:
        assert file.metadata.num_row_groups == -(-n // rows)
        found = file.read()
    assert found["id"].to_pylist() == list(result.ids)
    assert found["target"].to_pylist() == list(result.targets or ())
    assert found["dense"].to_pylist() == dense.tolist()
    assert found["map_y"].to_pylist() == dense[:, 1].tolist()
    assert found["labels"].to_pylist() == list(range(n))
    assert [{cell["index"]: cell["value"] for cell in row} for row in found["sparse"].to_pylist()][5] == {0: 15.0}
    assert found["next"].to_pylist() == [["q", "p"], ["p"]] * (n // 2)
    assert found["next_scores"].to_pylist() == [[1.0, 1.0], [1.0]] * (n // 2)
    assert found["tags"].to_pylist() == values["tags"]


class Talkative(Component):
    """Says more of every row than it gives."""

    kind = "talkative"

    def columns(self, value: Any) -> dict[str, Any]:
        rows = (
            value.rows[:, 0]
            if isinstance(value, Ranking)
            else np.asarray([len(row) for row in value] if isinstance(value, list) else value)
        )
        rows = rows.reshape(len(rows), -1)[:, 0].astype(np.float64)
        words = [None if row == 0 else f"{row:g}" for row in rows.tolist()]
        return {"high": rows > 1, "half": rows / 2, "whole": rows.astype(np.int64), "word": words, "kind": np.array(["k"] * len(rows))}


@pytest.mark.parametrize(
    "value", [np.arange(700.0), np.arange(1400, dtype=np.float32).reshape(700, 2) / 2, ["x" * row for row in range(700)]]
)
def test_what_a_component_says_further_stands_behind_what_it_gave(tmp_path: Path, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterism.registry.table.GROUP_BYTES", 1)
    result = Result(None, Strings(map(str, range(700))))
    result.values["odd"], result.stages["odd"] = value, stage("odd", "any", Talkative)
    write_table(result, tmp_path / "records.parquet")
    found = pq.read_table(tmp_path / "records.parquet")
    assert found.column_names[-5:] == ["odd_high", "odd_half", "odd_whole", "odd_word", "odd_kind"]
    assert [str(found.schema.field(name).type) for name in found.column_names[-5:]] == ["bool", "double", "int64", "string", "string"]
    assert found["odd_whole"].to_pylist() == list(range(700))
    assert found["odd_high"].to_pylist() == [row > 1 for row in range(700)]
    assert found["odd_half"].to_pylist() == [row / 2 for row in range(700)]
    assert found["odd_word"].to_pylist()[:3] == [None, "1", "2"]


def test_a_ranking_has_further_columns_too(tmp_path: Path) -> None:
    ranking = Ranking(np.array([[2, 0], [1, -1]]), np.array([[3, 1], [2, 0]], np.float32), ["p", "q", "r"])
    assert table(tmp_path, {"next": ranking}, gives="ranking", cls=Talkative)["next_whole"].to_pylist() == [2, 1]


def test_a_further_column_whose_name_is_taken_gets_another(tmp_path: Path) -> None:
    found = table(tmp_path, {"a_whole": np.array([0.5, 0.25]), "a": np.array([3.0, 4.0])}, cls=Talkative)
    assert found["a_whole"].to_pylist() == [0.5, 0.25]
    assert found["a_whole_"].to_pylist() == [3, 4]


def test_groups_that_are_shown_under_other_numbers_come_to_the_component_under_its_own(tmp_path: Path) -> None:
    result = Result(None, ["a", "b", "c", "d"])
    made = stage("groups", "labels", Talkative)
    result.stages["groups"] = Stage("groups", made.component, renumber=((0, 5), (1, 2)))
    result.values["groups"] = result.stages["groups"].shown(np.array([1, 0, -1, 7]))
    write_table(result, tmp_path / "records.parquet")
    found = pq.read_table(tmp_path / "records.parquet")
    assert found["groups"].to_pylist() == [2, 5, -1, 13]
    assert found["groups_whole"].to_pylist() == [1, 0, -1, 7]


class Wrong(Component):
    """Has further columns that no table can hold."""

    kind = "wrong"

    def columns(self, value: Any) -> dict[str, Any]:
        return {"short": [1, 2, 3]}


class Failing(Component):
    """Fails where it is asked for more."""

    kind = "failing"

    def columns(self, value: Any) -> dict[str, Any]:
        raise RuntimeError("no luck")


@pytest.mark.parametrize(("cls", "message"), [(Wrong, "ValueError: 'short' has 3 entries for one row"), (Failing, "RuntimeError: no luck")])
def test_broken_further_columns_cost_themselves_alone(tmp_path: Path, cls: type[Component], message: str) -> None:
    told: list[Problem] = []
    with problems_to(told.append):
        assert table(tmp_path, {"odd": np.array([1.0, 2.0])}, cls=cls).column_names == ["id", "odd"]
    assert [problem.message for problem in told] == [f"stage 'odd' has no further columns: {message}"]


WRITE = """
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import numpy as np
from asterism.framework import Component, Result, Stage
from asterism.framework.strings import Strings
from asterism.registry.table import write_table

class Wide(Component):
    gives = "matrix"

    def columns(self, value):
        return {"first": value[:, 0], "long": ["x" * 100] * len(value)}

folder = Path(sys.argv[1])
matrix = np.memmap(folder / "matrix", np.float32, "r", shape=(400_000, 128))
def write(rows):
    result = Result(None, Strings(map(str, range(rows))))
    result.values["m"], result.stages["m"] = matrix[:rows], Stage("m", Wide())
    write_table(result, folder / "records.parquet")
write(20_000)
before = getrusage(RUSAGE_SELF).ru_maxrss
write(400_000)
print((getrusage(RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_table_never_stands_in_memory_whole(tmp_path: Path) -> None:
    with (tmp_path / "matrix").open("wb") as stream:
        stream.truncate(400_000 * 128 * 4)  # 195 MiB of zeros
    environment = os.environ | {"ARROW_DEFAULT_MEMORY_POOL": "system"}
    done = subprocess.run([sys.executable, "-c", WRITE, tmp_path], capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 40  # MiB
