"""The table of a run: one row per record, one column per stage result, as Parquet.

It is written in groups of rows, each made from a slice of the results, so that it never stands in memory beside them. The columns that
hold what a stage gave say so in their metadata: `stage`, `gives`, and of a matrix how many `columns` it has.
"""

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from asterism.framework.blocks import in_blocks
from asterism.framework.problems import report_problem
from asterism.framework.result import Result
from asterism.framework.stages import Stage
from asterism.framework.store.durable import write_whole, writing_to
from asterism.framework.values import Ranking, is_sparse, n_rows

GROUP_BYTES = 2 * 2**20
"""Size of a row group: while it is written, lists take as much again for their levels."""
ROWS_AT_LEAST = 256
ROWS_AT_MOST = 2**16


@dataclass(frozen=True)
class _Column:
    """One column: its name and type, and the part of it for a slice of a value."""

    name: str
    type: Any
    part: Callable[[Any], Any]
    about: dict[str, str] = field(default_factory=dict)
    """What the file says of it."""


@dataclass(frozen=True)
class _Source:
    """A value that is walked through, and the columns that are made of it."""

    slices: Callable[[int], Generator[Any]]
    """Yields the slices of a number of rows; what a slice is, the columns know."""
    columns: list[_Column]


def write_table(result: Result, path: Path) -> None:
    """Write ids, targets, what else is known of the records, and what every stage gave; the file appears whole or not at all.

    A 2-D map becomes two columns ``<stage>_x`` and ``<stage>_y``, another matrix one column of lists, a CSR matrix one of
    (index, value) pairs, a ranking one of item ids and one of scores. Behind them stand the `columns` that the component makes of them.
    What a generator made belongs to no record and is left out.
    """
    sources = list(_sources(result))
    rows = _rows_at_once(result)
    with writing_to(path.parent):
        write_whole(path, lambda stream: _write(stream, sources, rows))


def _write(stream: Any, sources: Sequence[_Source], rows: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = [column for source in sources for column in source.columns]
    schema = pa.schema([pa.field(column.name, column.type, metadata=column.about or None) for column in columns])
    # Plain columns of floats do not shrink enough to pay for the time.
    dictionary = [name for name in schema.names if name in ("target", "parent", "language")]
    with ExitStack() as opened:
        writer = opened.enter_context(
            pq.ParquetWriter(stream, schema, compression="none", use_dictionary=dictionary, write_statistics=False)
        )
        walks = [opened.enter_context(closing(source.slices(rows))) for source in sources]
        for slices in zip(*walks, strict=True):
            parts = [column.part(piece) for source, piece in zip(sources, slices, strict=True) for column in source.columns]
            writer.write_table(pa.Table.from_arrays(parts, schema=schema), row_group_size=rows)


def _rows_at_once(result: Result) -> int:
    """Choose the rows of a group from what a row takes."""
    n_rows = max(1, len(result.ids))
    n_bytes = sum(_bytes_of(value) for name, value in result.values.items() if result.stages[name].component.gives != "items")
    return min(ROWS_AT_MOST, max(ROWS_AT_LEAST, n_rows * GROUP_BYTES // max(1, n_bytes)))


def _bytes_of(value: Any) -> int:
    parts = (value.data, value.indices) if is_sparse(value) else (value.rows, value.scores) if isinstance(value, Ranking) else (value,)
    return sum(int(getattr(part, "nbytes", 0)) for part in parts)


def _sources(result: Result) -> Iterator[_Source]:
    import pyarrow as pa

    known = {"id": result.ids, **({} if result.targets is None else {"target": result.targets}), **result.about}
    for name, strings in known.items():
        yield _Source(_in_slices(strings), [_strings(name)])
    taken = set(known)
    for name, value in result.values.items():
        stage = result.stages[name]
        for source in _sources_of(stage, value, pa) if stage.component.gives != "items" else ():
            columns = [replace(column, name=_free(column.name, taken)) for column in source.columns]
            taken |= {column.name for column in columns}
            yield _Source(source.slices, columns)


def _sources_of(stage: Stage, value: Any, pa: Any) -> Iterator[_Source]:
    yield _source(stage.name, value, stage.component.gives, pa)
    try:
        columns = list(_further_columns(stage, value, pa))
    except Exception as error:  # broken columns cost themselves, not the run
        report_problem(f"stage '{stage.name}' has no further columns: {type(error).__name__}: {error}")
        return
    if columns:
        yield _Source(lambda rows: (_further(stage, value, at, at + rows) for at in range(0, n_rows(value), rows)), columns)


def _source(name: str, value: Any, gives: str, pa: Any) -> _Source:
    about = {"stage": name, "gives": gives}
    if isinstance(value, Ranking):
        return _Source(_in_slices(value), _about(_of_ranking(name, value, pa), about))
    if not hasattr(value, "shape"):
        whole = pa.array(value)
        return _Source(_in_slices(whole), [_Column(name, whole.type, lambda part: part, about)])
    if len(value.shape) > 1:
        about["columns"] = str(value.shape[1])
    return _Source(lambda rows: (block for _, block in in_blocks(value, rows)), _about(_of_matrix(name, value, pa), about))


def _about(columns: Iterable[_Column], about: dict[str, str]) -> list[_Column]:
    return [replace(column, about=about) for column in columns]


def _further_columns(stage: Stage, value: Any, pa: Any) -> Iterator[_Column]:
    """Yield the columns that a component makes of its value; their types are those of the first row."""
    for name, first in _further(stage, value, 0, 1).items():
        found = pa.array(np.asarray(first))
        if len(found) != min(1, n_rows(value)):
            raise ValueError(f"'{name}' has {len(found)} entries for one row")
        yield _further_column(stage.name, name, pa.string() if pa.types.is_null(found.type) else found.type, pa)


def _further_column(stage: str, name: str, kind: Any, pa: Any) -> _Column:
    return _Column(f"{stage}_{name}", kind, lambda parts: pa.array(np.asarray(parts[name]), kind))


def _further(stage: Stage, value: Any, start: int, stop: int) -> Mapping[str, Any]:
    """Let a component make its further columns for some rows of its value."""
    if isinstance(value, Ranking):
        return stage.component.columns(Ranking(value.rows[start:stop], value.scores[start:stop], value.items))
    return stage.component.columns(stage.given(value[start:stop]))


def _of_matrix(name: str, value: Any, pa: Any) -> Iterator[_Column]:
    if is_sparse(value):
        yield _Column(name, _pairs(value[:0]).type, _pairs)
        return
    if value.dtype.kind == "O":
        yield _strings(name)
        return
    number = pa.from_numpy_dtype(value.dtype)
    width = value.shape[1] if value.ndim > 1 else -1
    if width == -1:
        yield _Column(name, number, pa.array)
    elif width == 0:
        yield _Column(name, pa.list_(number), lambda block: pa.array([[]] * len(block), pa.list_(number)))
    elif width == 2:
        yield _Column(f"{name}_x", number, lambda block: pa.array(block[:, 0]))
        yield _Column(f"{name}_y", number, lambda block: pa.array(block[:, 1]))
    else:
        kind = pa.list_(number, width)
        yield _Column(
            name, kind, lambda block: pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(block).reshape(-1)), type=kind)
        )


def _of_ranking(name: str, ranking: Ranking, pa: Any) -> list[_Column]:
    def names(rows: range) -> Any:
        return pa.array([ranking[row] for row in rows], pa.list_(pa.string()))

    def scores(rows: range) -> Any:
        part = slice(rows.start, rows.stop)
        found = ranking.rows[part] >= 0
        offsets = np.concatenate([[0], np.cumsum(found.sum(axis=1))]).astype(np.int32)
        return pa.ListArray.from_arrays(offsets, pa.array(ranking.scores[part][found]))

    return [_Column(name, pa.list_(pa.string()), names), _Column(f"{name}_scores", scores(range(0)).type, scores)]


def _strings(name: str) -> _Column:
    import pyarrow as pa

    return _Column(name, pa.string(), lambda part: pa.array(part, pa.string()))


def _pairs(matrix: Any) -> Any:
    import pyarrow as pa

    pairs = pa.StructArray.from_arrays([pa.array(matrix.indices), pa.array(matrix.data)], ["index", "value"])
    return pa.LargeListArray.from_arrays(pa.array(matrix.indptr.astype(np.int64)), pairs)


def _in_slices(value: Any) -> Callable[[int], Generator[Any]]:
    """Yield the slices of a sequence; of a ranking, the rows that they hold."""
    cut = range(len(value)) if isinstance(value, Ranking) else value
    return lambda rows: (cut[start : start + rows] for start in range(0, len(cut), rows))


def _free(name: str, taken: Collection[str]) -> str:
    """Keep two stages apart whose columns would have one name: a map `m`, which gives ``m_x``, and a stage `m_x`."""
    return name if name not in taken else _free(f"{name}_", taken)
