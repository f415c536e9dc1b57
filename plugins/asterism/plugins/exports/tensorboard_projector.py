"""The exporter `tensorboard-projector`: vectors for the Embedding Projector, on its web page or in TensorBoard."""

import math
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from asterism.framework import Matrix
from asterism.framework.blocks import in_blocks
from asterism.framework.errors import DataError
from asterism.framework.finished import FinishedRun
from asterism.framework.problems import report_problem
from asterism.framework.values import is_sparse

from .cells import plain_texts
from .contents import IMAGE, Contents, contents_of
from .edited_table import EditedTable, edited_table
from .places import new_folder

VECTORS, METADATA, SPRITE, CONFIG = "vectors.tsv", "metadata.tsv", "sprite.png", "projector_config.pbtxt"
MOST_COLUMNS = 2_000
"""Of a sparse matrix, which the projector takes only with all its zeros."""
SPRITE_PIXELS, LARGEST, SMALLEST = 8192, 64, 8
"""The longest side of a sprite that the projector shows, and of a picture in it."""


def tensorboard_projector(run: FinishedRun, out: Path) -> list[Path]:
    """Write a folder for the Embedding Projector: ``vectors.tsv``, ``metadata.tsv``, ``projector_config.pbtxt``, of images ``sprite.png``.

    The vectors are those that the last groups were made of, or else the last ones that are dense. ``tensorboard --logdir OUT`` shows
    them, and so does https://projector.tensorflow.org after an upload of both tables. `DataError` where the run has no vectors, or only
    sparse ones of more than 2,000 columns. `out` is a new folder.
    """
    name, matrix = _vectors(run)
    with new_folder(out) as draft, edited_table(run) as table:
        _write_vectors(draft / VECTORS, matrix)
        _write_metadata(draft / METADATA, table)
        contents = contents_of(run)
        side = _write_sprite(draft / SPRITE, contents, len(run.result.ids)) if contents and contents.kind == IMAGE else 0
        (draft / CONFIG).write_text(_config(name, side), encoding="utf-8")
    return [out / file for file in (VECTORS, METADATA, SPRITE, CONFIG) if (out / file).is_file()]


def _vectors(run: FinishedRun) -> tuple[str, Matrix]:
    """Choose the vectors: stage and matrix."""
    grouped, matrices, maps = run.stages_giving("labels"), run.stages_giving("matrix"), run.maps()
    first = run.result.matrix_of(grouped[-1]) if grouped else ""
    order = dict.fromkeys([*([first] if first else []), *(name for name in reversed(matrices) if name not in maps), *reversed(maps)])
    for name in order:
        if not is_sparse(run.result.values[name]):
            return name, run.result.values[name]
    for name in order:
        if run.result.values[name].shape[1] <= MOST_COLUMNS:
            return name, run.result.values[name]
    reason = f"has only sparse vectors of more than {MOST_COLUMNS:,} columns" if order else "has no vectors"
    raise DataError(f"the run {reason}", place=str(run.folder), hint="let the spec have a reducer, such as `- reducer: svd`")


def _write_vectors(path: Path, matrix: Matrix) -> None:
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    options = pa_csv.WriteOptions(include_header=False, delimiter="\t")
    names = [str(column) for column in range(matrix.shape[1])]
    schema = pa.schema([(name, pa.from_numpy_dtype(matrix.dtype)) for name in names])
    with pa_csv.CSVWriter(str(path), schema, write_options=options) as writer:
        for _, block in in_blocks(matrix):
            dense = block.toarray() if is_sparse(block) else block
            writer.write_table(pa.Table.from_arrays([pa.array(column) for column in dense.T], schema=schema))


def _write_metadata(path: Path, table: EditedTable) -> None:
    """Write what is known of the records; with one column alone the projector wants no header."""
    columns = [field.name for field in table.schema if not field.type.num_fields]
    with path.open("w", encoding="utf-8", newline="") as stream:
        if len(columns) > 1:
            stream.write("\t".join(columns) + "\n")
        for part in table.parts():
            cells = (plain_texts(part[name]) for name in columns)
            stream.writelines("\t".join(map(_in_a_cell, row)) + "\n" for row in zip(*cells, strict=True))


def _in_a_cell(text: str) -> str:
    """Write a text without tabs and ends of lines."""
    return " ".join(text.split())


def _write_sprite(path: Path, contents: Contents, n_records: int) -> int:
    """Write all pictures as one, in rows; return the side of each, 0 where there is no room for so many."""
    from PIL import Image

    across = math.ceil(math.sqrt(n_records))
    side = min(LARGEST, SPRITE_PIXELS // across)
    if side < SMALLEST:
        report_problem(f"{n_records:,} pictures have no room in a sprite of {SPRITE_PIXELS:,} pixels; it is left out")
        return 0
    sheet = Image.new("RGB", (across * side, across * side), "white")
    for place, picture in enumerate(_pictures(contents, side)):
        if picture is not None:
            sheet.paste(picture, (place % across * side, place // across * side))
    sheet.save(path)
    return side


def _pictures(contents: Contents, side: int) -> Iterator[Any]:
    from PIL import Image

    for content in contents.each:
        if content is None:
            yield None
            continue
        with Image.open(BytesIO(content)) as picture:
            yield picture.convert("RGB").resize((side, side))


def _config(name: str, side: int) -> str:
    sprite = f'  sprite {{\n    image_path: "{SPRITE}"\n    single_image_dim: {side}\n    single_image_dim: {side}\n  }}\n' if side else ""
    paths = f'  tensor_name: "{name}"\n  tensor_path: "{VECTORS}"\n  metadata_path: "{METADATA}"\n'
    return f"embeddings {{\n{paths}{sprite}}}\n"
