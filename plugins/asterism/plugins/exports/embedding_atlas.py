"""The exporter `embedding-atlas`: a table for Apple's Embedding Atlas."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from asterism.framework.finished import FinishedRun
from asterism.framework.store.durable import write_whole, writing_to

from ..finished_stages import stage_with_map
from .contents import IMAGE, Contents, contents_of
from .edited_table import EditedTable, edited_table, gives, is_title, stage_of
from .places import new_file

GROUP = "group"


def embedding_atlas(run: FinishedRun, out: Path) -> list[Path]:
    """Write ``atlas.parquet``, which ``embedding-atlas atlas.parquet --x x --y y --text text`` opens.

    The last map of the run is in ``x`` and ``y``, the titles of its last groups are in ``group``, texts in ``text``, or small PNG pictures
    in ``image`` (``--image image``). What else is one value for each record stands beside them; vectors are left out.

    `DataError` where the run has no map. `out` is a new file that ends in ``.parquet``, or a folder for it.
    """
    drawn = stage_with_map(run)
    path = new_file(out, "atlas.parquet")
    with edited_table(run) as table, writing_to(path.parent):
        columns, contents = _columns(table, drawn), contents_of(run)
        write_whole(path, lambda stream: _write(stream, table, columns, contents))
    return [path]


def _columns(table: EditedTable, drawn: str) -> dict[str, str]:
    """Tell the columns of the table by the names that they have in the file."""
    flat = [field for field in table.schema if not field.type.num_fields]
    columns = dict(zip(("x", "y"), (field.name for field in flat if stage_of(field) == drawn and gives(field)), strict=False))
    if titles := [field.name for field in flat if is_title(field)]:
        columns[GROUP] = titles[-1]
    taken = {*columns, "text", IMAGE}
    others = [field.name for field in flat if field.name not in columns.values()]
    return {"id": "id", **columns, **{_free(name, taken): name for name in others if name != "id"}}


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)


def _write(stream: Any, table: EditedTable, columns: dict[str, str], contents: Contents | None) -> None:
    import pyarrow.parquet as pq

    writer = None
    for part in _parts(table, columns, contents):
        writer = writer or pq.ParquetWriter(stream, part.schema, compression="zstd")
        writer.write_table(part)
    if writer is not None:
        writer.close()


def _parts(table: EditedTable, columns: dict[str, str], contents: Contents | None) -> Iterator[Any]:
    each = iter(() if contents is None else contents.each)
    for part in table.parts():
        found = part.select(list(columns.values())).rename_columns(list(columns)).replace_schema_metadata(None)
        if contents is not None:
            found = found.append_column(contents.kind, _content(list(islice(each, len(part))), contents.kind))
        yield found
    list(each)  # it says at its end what could not be read


def _content(items: list[Any], kind: str) -> Any:
    """Make the column of texts, or of pictures in the way of Hugging Face's data sets."""
    import pyarrow as pa

    if kind == IMAGE:
        picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        return pa.array([None if item is None else {"bytes": item, "path": None} for item in items], picture)
    return pa.array(items, pa.string())
