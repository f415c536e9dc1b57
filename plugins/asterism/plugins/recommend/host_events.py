"""Events that a host program holds: mappings, tuples, data frames, Arrow tables and sparse matrices."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from asterism.framework import DataError, Interactions

from .event_columns import CHUNK, Chunk, chunks_of, gather, positions

SHAPES = "pass (user, item), (user, item, weight) or (user, item, weight, time), all of one shape"
FRAME_ROWS = 2048
"""Rows of a frame that are turned into Python values at once: slicing one costs as much as some hundred rows."""
NO_ROWS = "there is not one row in it"

Columns = Sequence[str | None]


def is_frame(source: object) -> bool:
    """Tell data frames and Arrow tables, which have named columns, from other sources; no library is imported for that."""
    return _is_pandas(source) or hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__")


def read_host(source: Any) -> Interactions:
    """Read what has no named columns: a mapping, a sparse matrix or tuples."""
    if isinstance(source, Mapping):
        return _from_mapping(source)
    if hasattr(source, "tocsr") and hasattr(source, "shape"):
        return _from_matrix(source)
    return _from_tuples(source)


def read_frame(source: Any, columns: Columns) -> Interactions:
    """Read the columns user, item, weight and time (the last two may be None) of a data frame or an Arrow table.

    Arrow's own tables, batches and readers are understood, and whatever gives its columns by Arrow's C stream, as Polars does.
    """
    chunks = _from_pandas(source, columns) if _is_pandas(source) else _from_arrow(source, columns)
    return gather(chunks, DataError(NO_ROWS, hint="pass another one"))


def _is_pandas(source: object) -> bool:
    return type(source).__module__.partition(".")[0] == "pandas" and hasattr(source, "columns")


def _from_pandas(frame: Any, columns: Columns) -> Iterator[Chunk]:
    names = [str(name) for name in frame.columns]
    found = positions(names, columns)
    for start in range(0, len(frame), FRAME_ROWS):
        part = frame.iloc[start : start + FRAME_ROWS]
        yield _chunk([None if at is None else _plain(part.iloc[:, at]) for at in found], start)


def _plain(series: Any) -> list[Any]:
    """Return Python values, None for whatever pandas takes for missing."""
    missing = series.isna()
    values = series.astype(object) if missing.any() else series
    return list((values.where(~missing, None) if missing.any() else values).tolist())


def _from_arrow(source: Any, columns: Columns) -> Iterator[Chunk]:
    start = 0
    for batch in _batches(source):
        found = positions(batch.schema.names, columns)
        for first in range(0, batch.num_rows, FRAME_ROWS):
            part = batch.slice(first, FRAME_ROWS)
            yield _chunk([None if at is None else part.column(at).to_pylist() for at in found], start)
            start += part.num_rows


def _batches(source: Any) -> Iterator[Any]:
    import pyarrow

    try:
        if hasattr(source, "__arrow_c_stream__"):
            yield from pyarrow.RecordBatchReader.from_stream(source)
        else:
            yield pyarrow.record_batch(source)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, TypeError, OSError) as error:
        raise DataError(f"gives no Arrow batches: {error}", hint="pass a table with the columns of users and items") from error


def _chunk(columns: Sequence[Any], start: int) -> Chunk:
    users, items, weights, times = columns
    return Chunk(users, items, weights, times, lambda row: {"rows": [start + row]})


def _from_mapping(histories: Mapping[Any, Any]) -> Interactions:
    for user, history in histories.items():
        if isinstance(history, str) or not isinstance(history, Iterable):
            raise DataError(f"a list of items is needed, this is {history!r:.40}", ids=[str(user)], hint="pass a mapping of user to items")
    return Interactions.from_histories({str(user): [str(item) for item in history] for user, history in histories.items()})


def _from_matrix(matrix: Any) -> Interactions:
    """Read a sparse matrix of users x items: each stored cell is an event, ids are the numbers of rows and columns."""
    if len(matrix.shape) != 2:
        raise DataError(f"a matrix of users x items is needed (got the shape {matrix.shape})", hint="pass two dimensions")
    rows = matrix.tocsr()
    if not rows.nnz:
        raise DataError("there is not one event", hint="pass a matrix with a cell for each event")
    with np.errstate(over="ignore"):  # what overflows is refused in the next lines
        weights = np.array(rows.data, np.float32)
    if not np.isfinite(weights).all():
        bad = int(np.flatnonzero(~np.isfinite(weights))[0])
        user = int(np.searchsorted(rows.indptr, bad, side="right")) - 1
        raise DataError(f"the weight must be a finite number (got {rows.data[bad]})", rows=[user], hint="mend the matrix")
    users, items = ([str(number) for number in range(size)] for size in matrix.shape)
    return Interactions(users, items, np.array(rows.indptr, np.int64), np.array(rows.indices, np.int64), weights)


def _from_tuples(source: Any) -> Interactions:
    events = source if isinstance(source, Iterable) else [source]
    return gather(_tuple_chunks(events), DataError("there is not one event", hint=SHAPES))


def _tuple_chunks(source: Iterable[Any]) -> Iterator[Chunk]:
    width, starts = 0, count(0, CHUNK)
    for events, start in zip(chunks_of(source), starts, strict=False):  # the count has no end
        width = width or (len(events[0]) if isinstance(events[0], tuple | list) else -1)
        if bad := [row for row, event in enumerate(events) if not _has_width(event, width)]:
            reason = f"an event is not of this shape: {events[bad[0]]!r:.40}"
            raise DataError(reason, rows=[start + row for row in bad], hint=SHAPES)
        yield _chunk([*zip(*events, strict=True), None, None][:4], start)


def _has_width(event: Any, width: int) -> bool:
    return isinstance(event, tuple | list) and len(event) == width and 2 <= width <= 4
