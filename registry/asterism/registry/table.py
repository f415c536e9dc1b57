"""The table of a run: one row per record, one column per stage result, as Parquet."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from asterism.framework.result import Result
from asterism.framework.values import Ranking, is_sparse

GROUP_BYTES = 2 * 2**20
"""Size of a row group: while it is written, lists take as much again for their levels."""
ROWS_AT_LEAST = 256


def write_table(result: Result, path: Path) -> None:
    """Write ids, targets and what every stage gave; the file appears whole or not at all.

    A 2-D map becomes two columns ``<stage>_x`` and ``<stage>_y``, another matrix one column of lists, a CSR matrix one of
    (index, value) pairs, a ranking one of item ids and one of scores. What a generator made belongs to no record and is left out.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {"id": pa.array(result.ids, pa.string())}
    if result.targets is not None:
        columns["target"] = pa.array(result.targets, pa.string())
    for name, value in result.values.items():
        if result.stages[name].component.gives != "items":
            for column, values in _columns(name, value).items():
                columns[_free(column, columns)] = values
    table = pa.table(columns)
    draft = path.with_name(f".{path.name}")
    # Plain columns of floats do not shrink enough to pay for the time.
    dictionary = [name for name in columns if name == "target"]
    rows = max(ROWS_AT_LEAST, table.num_rows * GROUP_BYTES // max(table.nbytes, 1))
    pq.write_table(table, draft, row_group_size=rows, compression="none", use_dictionary=dictionary, write_statistics=False)
    draft.replace(path)


def _columns(name: str, value: Any) -> dict[str, Any]:
    import pyarrow as pa

    if isinstance(value, Ranking):
        return {name: pa.array([value[row] for row in range(len(value))], pa.list_(pa.string())), f"{name}_scores": _scores(value)}
    if is_sparse(value):
        return {name: _sparse(value)}
    if getattr(value, "ndim", 1) == 1:
        return {name: pa.array(value)}
    if value.shape[1] == 0:
        return {name: pa.array(list(value))}
    if value.shape[1] == 2:
        return {f"{name}_x": pa.array(value[:, 0]), f"{name}_y": pa.array(value[:, 1])}
    return {name: pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(value).reshape(-1)), value.shape[1])}


def _free(name: str, taken: Collection[str]) -> str:
    """Keep two stages apart whose columns would have one name: a map `m`, which gives ``m_x``, and a stage `m_x`."""
    return name if name not in taken else _free(f"{name}_", taken)


def _scores(ranking: Ranking) -> Any:
    import pyarrow as pa

    found = ranking.rows >= 0
    offsets = np.concatenate([[0], np.cumsum(found.sum(axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(offsets, pa.array(ranking.scores[found]))


def _sparse(matrix: Any) -> Any:
    import pyarrow as pa

    pairs = pa.StructArray.from_arrays([pa.array(matrix.indices), pa.array(matrix.data)], ["index", "value"])
    return pa.LargeListArray.from_arrays(pa.array(matrix.indptr.astype(np.int64)), pairs)
