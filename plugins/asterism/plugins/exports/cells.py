"""What becomes of the values of a table where a file has only texts and numbers."""

import json
import math
from collections.abc import Iterator
from typing import Any

from .edited_table import gives

FORMULA = r"^[=+\-@\t\r＝＋－＠]"  # noqa: RUF001  # spreadsheets take these wide signs for the narrow ones
NUMBER = r"^[+\-]?[0-9]+([.,][0-9]+)?([eE][+\-]?[0-9]+)?$"


def is_vector(field: Any) -> bool:
    """Tell whether a column holds vectors: more numbers than one for each record."""
    return gives(field) == "matrix" and bool(field.type.num_fields)


def flat(table: Any) -> Any:
    """Return a table whose lists are texts, written as JSON."""
    import pyarrow as pa

    for at, field in enumerate(table.schema):
        if field.type.num_fields:
            cells = _short(table[field.name].combine_chunks()).to_pylist()
            texts = [None if cell is None else json.dumps(cell, ensure_ascii=False) for cell in cells]
            table = table.set_column(at, field.name, pa.array(texts, pa.string()))
    return table


def guarded(table: Any) -> tuple[Any, int]:
    """Put a ``'`` before texts that a spreadsheet would take for formulas; return the table and how many there were."""
    import pyarrow as pa
    import pyarrow.compute as pc

    count = 0
    for at, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            column = table[field.name]
            risky = pc.and_not(pc.match_substring_regex(column, FORMULA), pc.match_substring_regex(column, NUMBER))
            if n_risky := pc.sum(risky).as_py() or 0:
                count += n_risky
                table = table.set_column(at, field, pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column))
    return table, count


def rows_of(table: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as JSON can hold them."""
    for row in short(table).to_pylist():
        yield {name: _finite(value) for name, value in row.items()}


def short(table: Any) -> Any:
    """Return a table whose 32-bit numbers are the 64-bit ones with the fewest digits that mean the same: 0.1, not 0.10000000149011612."""
    import pyarrow as pa

    return pa.Table.from_arrays([_short(column.combine_chunks()) for column in table.columns], names=table.schema.names)


def _short(array: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_float32(kind):
        return pc.cast(pc.cast(array, pa.string()), pa.float64())
    if array.null_count:  # of lists, which are then left as they are
        return array
    if pa.types.is_fixed_size_list(kind):
        return pa.FixedSizeListArray.from_arrays(_short(array.flatten()), kind.list_size)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return type(array).from_arrays(array.offsets, _short(array.values))
    if pa.types.is_struct(kind):
        return pa.StructArray.from_arrays([_short(part) for part in array.flatten()], [part.name for part in kind])
    return array


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return {name: _finite(part) for name, part in value.items()} if isinstance(value, dict) else value
