"""What becomes of the values of a table where a file has only texts and numbers; whole columns at a time."""

import json
from typing import Any

import numpy as np

from .edited_table import gives

FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"  # noqa: RUF001  # spreadsheets take these wide signs for the narrow ones
NUMBER = r"^[+\-]?[0-9]+([.,][0-9]+)?([eE][+\-]?[0-9]+)?$"
UNKNOWN_TO_JSON = r"^-?(nan|inf)$"


def is_vector(field: Any) -> bool:
    """Tell whether a column holds vectors: more numbers than one for each record."""
    return gives(field) == "matrix" and bool(field.type.num_fields)


def flat(table: Any) -> Any:
    """Return a table whose lists are texts, written as JSON."""
    for at, field in enumerate(table.schema):
        if field.type.num_fields:
            table = table.set_column(at, field.name, json_texts(_whole(table[field.name])))
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


def json_lines(table: Any) -> bytes:
    """Write each row of a table as an object on a line of its own."""
    import pyarrow.compute as pc

    parts: list[Any] = []
    for name in table.schema.names:
        parts += [f"{', ' if parts else '{'}{json.dumps(name, ensure_ascii=False)}: ", json_texts(_whole(table[name]))]
    return "".join(pc.binary_join_element_wise(*parts, "}\n", "").to_pylist()).encode()


def json_texts(array: Any) -> Any:
    """Write each value of a column as JSON: numbers with the fewest digits that mean the same, null for NaN and infinity."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_floating(kind):
        texts = pc.cast(array, pa.string())
        texts = pc.if_else(pc.match_substring_regex(texts, UNKNOWN_TO_JSON), "null", texts)
    elif pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        texts = pc.cast(array, pa.string())
    elif kind.num_fields and not array.null_count:
        texts = _nested(array)
    else:
        texts = pa.array([json.dumps(value, ensure_ascii=False) for value in array.to_pylist()], pa.string())
    return pc.fill_null(texts, "null")


def _nested(array: Any) -> Any:
    """Write lists, and structs of the same fields, of which none is missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_struct(array.type):
        parts: list[Any] = []
        for field, values in zip(array.type, array.flatten(), strict=True):
            parts += [f"{', ' if parts else '{'}{json.dumps(field.name)}: ", json_texts(values)]
        return pc.binary_join_element_wise(*parts, "}", "")
    lengths = pc.list_value_length(array).to_numpy()
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    joined = pc.binary_join(pa.ListArray.from_arrays(ends, json_texts(array.flatten())), ", ")
    return pc.binary_join_element_wise("[", joined, "]", "")


def plain_texts(column: Any) -> list[str]:
    """Write each value of a column of texts, numbers or truth values as a text; nothing where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return [text or "" for text in pc.cast(column, pa.string()).to_pylist()]


def _whole(column: Any) -> Any:
    """Return a column of several pieces as one array."""
    import pyarrow as pa

    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
