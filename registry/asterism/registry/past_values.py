"""What the stages of a run gave, read back from its table when it is asked for: groups, scores, maps, matrices."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework.finished import told_of

from .past_run import PastRun, opened_table

NOT_KEPT = {"items", "ranking"}
"""What the table does not hold as it was: generated items are not in it, and of a ranking only the items that were recommended."""


class PastValues(Mapping[str, Any]):
    """The values of a run by stage, as `Result.values` has them."""

    def __init__(self, run: PastRun) -> None:
        self.run = run
        self._fields = {stage: fields for stage, fields in run.columns.items() if told_of(fields[0], "gives") not in NOT_KEPT}
        self._read: dict[str, Any] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __getitem__(self, stage: str) -> Any:
        if stage not in self._read:
            self._read[stage] = self._value(self._fields[stage])
        return self._read[stage]

    def take(self, stage: str, rows: NDArray[np.int64]) -> Any:
        """Read what a stage gave for some rows, which rise, and nothing else; sparse rows are taken from all of them."""
        fields = self._fields[stage]
        if stage in self._read or _is_sparse(fields[0]):
            return self[stage][rows]
        names = [field.name for field in fields]
        parts = [self._rows([batch[name] for name in names], fields[0]) for batch in self.run.take(rows, *names)]
        return np.concatenate(parts) if parts else self._rows([_empty(field) for field in fields], fields[0])

    def _rows(self, columns: list[Any], first: Any) -> Any:
        return _block(columns) if told_of(first, "columns") else columns[0].to_numpy(zero_copy_only=False)

    def _value(self, fields: list[Any]) -> Any:
        first, columns = fields[0], told_of(fields[0], "columns")
        with opened_table(self.run.path) as table:
            if not columns:
                return _plain(table.read(columns=[first.name])[first.name])
            if _is_sparse(first):
                return _sparse(table.read(columns=[first.name])[first.name], int(columns))
            names = [field.name for field in fields]
            parts = [_block([batch[name] for name in names]) for batch in table.iter_batches(columns=names)]
            return np.concatenate(parts) if int(columns) else np.zeros((table.metadata.num_rows, 0), np.float32)


def _is_sparse(field: Any) -> bool:
    return bool(field.type.num_fields and str(field.type.value_type).startswith("struct"))


def _empty(field: Any) -> Any:
    import pyarrow as pa

    return pa.array([], field.type)


def _plain(column: Any) -> Any:
    """Return one number per record as an array, anything else as a list."""
    import pyarrow as pa

    numbers = pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_boolean(column.type)
    return column.to_numpy() if numbers else column.to_pylist()


def _block(columns: list[Any]) -> Any:
    """Return rows of a dense matrix: of one column of lists, or of the two columns of a map."""
    if len(columns) > 1:
        return np.column_stack([column.to_numpy() for column in columns])
    return columns[0].flatten().to_numpy().reshape(len(columns[0]), -1)


def _sparse(column: Any, n_columns: int) -> Any:
    from scipy.sparse import csr_matrix

    cells = column.combine_chunks()
    pairs, ends = cells.flatten(), np.concatenate([[0], np.cumsum(cells.value_lengths().to_numpy())])
    return csr_matrix((pairs.field("value").to_numpy(), pairs.field("index").to_numpy(), ends), shape=(len(cells), n_columns))
