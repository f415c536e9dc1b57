from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_matrix

from asterism.framework import Ranking, Result
from asterism.registry.table import write_table


def table(tmp_path: Path, values: dict[str, Any], targets: list[str] | None = None, gives: str = "matrix") -> pa.Table:
    """Write a result of two records and read it back."""
    result = Result(None, ["a", "b"], targets)
    for name, value in values.items():
        result.values[name] = value
        result.stages[name] = SimpleNamespace(component=SimpleNamespace(gives=gives))  # type: ignore[assignment]  # all that is read
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
