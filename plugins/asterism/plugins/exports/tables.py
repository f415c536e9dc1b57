"""The exporters `parquet`, `csv` and `json`: the table of a run, with groups as people edited them and their titles."""

from pathlib import Path
from typing import Any

from asterism.framework.finished import FinishedRun
from asterism.framework.problems import report_problem
from asterism.framework.store.durable import write_whole, writing_to

from .cells import flat, guarded, is_vector, json_lines
from .edited_table import EditedTable, edited_table, is_title
from .places import new_file

REPEATED = ("target", "parent", "language")
"""Columns of texts of which there are few."""


def parquet(run: FinishedRun, out: Path) -> list[Path]:
    """Write ``records.parquet``, compressed with Zstandard: all columns of the run's table, and titles of groups.

    `out` is a new file that ends in ``.parquet``, or a folder for it.
    """
    import pyarrow.parquet as pq

    path = new_file(out, "records.parquet")

    def write(stream: Any) -> None:
        schema = table.schema
        repeated = [field.name for field in schema if is_title(field) or field.name in REPEATED]  # a dictionary of floats only costs
        with pq.ParquetWriter(stream, schema, compression="zstd", use_dictionary=repeated) as writer:
            for part in table.parts():
                writer.write_table(part)

    with edited_table(run) as table, writing_to(path.parent):
        write_whole(path, write)
    return [path]


def csv(run: FinishedRun, out: Path) -> list[Path]:
    """Write ``records.csv`` (UTF-8) for spreadsheets: everything that fits into a cell; recommended items stand there as JSON.

    Vectors are left out, and that is reported. A spreadsheet would take a text that begins with ``= + - @`` or a tab for a formula and
    carry it out: such a text gets a ``'`` before it, unless it is a plain number, and that is reported too.

    `out` is a new file that ends in ``.csv``, or a folder for it.
    """
    path = new_file(out, "records.csv")
    with edited_table(run) as table, writing_to(path.parent):
        write_whole(path, lambda stream: _write_csv(stream, table))
    return [path]


def json(run: FinishedRun, out: Path) -> list[Path]:
    """Write ``records.jsonl``: a line of JSON for each record, vectors included, so that it can be read without being in memory whole.

    Numbers that JSON does not know (NaN, infinity) become null. `out` is a new file that ends in ``.jsonl``, or a folder for it.
    """
    path = new_file(out, "records.jsonl")
    with edited_table(run) as table, writing_to(path.parent):
        write_whole(path, lambda stream: stream.writelines(map(json_lines, table.parts())))
    return [path]


def _write_csv(stream: Any, table: EditedTable) -> None:
    import pyarrow.csv as pa_csv

    vectors = [field.name for field in table.schema if is_vector(field)]
    if vectors:
        report_problem(f"a cell holds no vector: {', '.join(vectors)} left out; parquet and json keep them", count=len(vectors))
    kept = [name for name in table.schema.names if name not in vectors]
    schema = flat(table.schema.empty_table().select(kept)).schema
    changed = 0
    with pa_csv.CSVWriter(stream, schema) as writer:
        for part in table.parts():
            safe, n_changed = guarded(flat(part.select(kept)))
            changed += n_changed
            writer.write_table(safe)
    if changed:
        report_problem(f"{changed:,} cells begin as a formula does and got a ' before them", count=changed)
