from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from asterism.plugins.report.serving.failures import Refused
from asterism.plugins.report.serving.nearness import nearest, vector_of
from asterism.plugins.report.serving.tables import Table


def written(path: Path, X: np.ndarray, form: str) -> Table:
    about = {"stage": "m", "gives": "matrix", "columns": str(X.shape[1])}
    if form == "dense":
        columns = {"m": pa.FixedSizeListArray.from_arrays(pa.array(X.ravel()), X.shape[1])}
    elif form == "map":
        columns = {"m_x": pa.array(X[:, 0]), "m_y": pa.array(X[:, 1])}
    else:
        cells = [[{"index": int(at), "value": float(row[at])} for at in np.flatnonzero(row)] for row in X]
        pair = pa.struct([("index", pa.int32()), ("value", pa.float32())])
        columns = {"m": pa.array(cells, pa.large_list(pair))}
    fields = [pa.field("id", pa.string()), *(pa.field(name, column.type, metadata=about) for name, column in columns.items())]
    table = pa.table([[str(row) for row in range(len(X))], *columns.values()], schema=pa.schema(fields))
    pq.write_table(table, path, row_group_size=700)
    return Table(path)


@pytest.mark.parametrize(("form", "width"), [("dense", 8), ("sparse", 30), ("map", 2)])
def test_nearest_rows_are_those_of_the_whole_matrix(tmp_path: Path, form: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterism.plugins.report.serving.nearness.BATCH", 500)
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(2000, width)) * (rng.random((2000, width)) < 0.5)).astype(np.float32)
    X[5] = 0
    table = written(tmp_path / "t.parquet", X, form)
    vector = vector_of(table, table.matrices["m"], 1234)
    np.testing.assert_array_equal(vector, X[1234])
    rows, cosines = nearest(table, table.matrices["m"], vector, 20)
    lengths = np.linalg.norm(X, axis=1)
    whole = X @ X[1234] / np.where(lengths > 0, lengths, 1) / lengths[1234]
    np.testing.assert_allclose(cosines, np.sort(whole)[::-1][:20], atol=1e-5)
    np.testing.assert_allclose(whole[rows], cosines, atol=1e-5)
    assert rows[0] == 1234 or cosines[0] > 1 - 1e-5


def test_rows_are_taken_in_the_order_that_is_asked_for(tmp_path: Path) -> None:
    table = written(tmp_path / "t.parquet", np.ones((2000, 3), np.float32), "dense")
    assert table.take([1999, 0, 700, 699, 0], ["id"])["id"].to_pylist() == ["1999", "0", "700", "699", "0"]
    assert table.take([], ["id"])["id"].to_pylist() == []


@pytest.mark.parametrize("row", [-1, 2000])
def test_a_row_that_is_not_there_is_refused(tmp_path: Path, row: int) -> None:
    table = written(tmp_path / "t.parquet", np.ones((2000, 3), np.float32), "dense")
    with pytest.raises(Refused, match=f"there is no record {row}"):
        table.take([row], ["id"])
