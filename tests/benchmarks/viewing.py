"""What `asterism view` asks of a run of a million records, against reading its table whole: time and peak memory of a process each.

python tests/benchmarks/viewing.py
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from measuring import measure

ROWS, WIDTH, GROUPS, PART = 1_000_000, 64, 100, 50_000
WANTED = 50
ASKED = 123_456
"""The row whose nearest records are wanted."""


def write(folder: Path) -> None:
    """Write the table of a run, and its previews, as a run writes them."""
    rng = np.random.default_rng(0)
    about = {"stage": "vectors", "gives": "matrix", "columns": str(WIDTH)}
    fields = [
        pa.field("id", pa.string()),
        pa.field("target", pa.string()),
        pa.field("vectors", pa.list_(pa.float32(), WIDTH), metadata=about),
        pa.field("topics", pa.int64(), metadata={"stage": "topics", "gives": "labels"}),
        pa.field("map_x", pa.float32()),
        pa.field("map_y", pa.float32()),
    ]
    with (
        pq.ParquetWriter(folder / "records.parquet", pa.schema(fields), compression="none", write_statistics=False) as table,
        pq.ParquetWriter(folder / "previews.parquet", pa.schema([("text", pa.large_string()), ("image", pa.large_binary())])) as previews,
    ):
        for start in range(0, ROWS, PART):
            rows, topics = range(start, start + PART), rng.integers(0, GROUPS, PART)
            vectors = pa.array(rng.normal(size=PART * WIDTH).astype(np.float32))
            columns = [[f"record-{row}" for row in rows], [f"class {row % 7}" for row in rows]]
            numbers = [pa.FixedSizeListArray.from_arrays(vectors, WIDTH), topics, *rng.normal(size=(2, PART)).astype(np.float32)]
            table.write_table(pa.table([*columns, *numbers], schema=pa.schema(fields)), row_group_size=8192)
            texts = [f"this is what is shown of the record {row} of topic {topic}" for row, topic in zip(rows, topics, strict=True)]
            previews.write_table(pa.table({"text": pa.array(texts, pa.large_string()), "image": pa.nulls(PART, pa.large_binary())}))


def ours_page(folder: Path) -> None:
    from asterism.plugins.report.serving.searching import Question, Searcher
    from asterism.plugins.report.serving.showing import Shower
    from asterism.plugins.report.serving.tables import Table

    table, previews = Table(folder / "records.parquet"), folder / "previews.parquet"
    question = Question(["target:eq:class 3", "topics:lt:10"], order="-map_x")
    total, rows = Searcher(table, previews).find(question, {}, 100, WANTED)
    shown = Shower(table, previews).rows(rows, {})
    print(total, shown[0]["id"], len(shown))


def pandas_page(folder: Path) -> None:
    import pandas as pd

    whole = pd.read_parquet(folder / "records.parquet")
    whole["text"] = pd.read_parquet(folder / "previews.parquet")["text"]
    kept = whole[(whole["target"] == "class 3") & (whole["topics"] < 10)].sort_values("map_x", ascending=False)
    page = kept.iloc[100 : 100 + WANTED].to_dict("records")
    print(len(kept), page[0]["id"], len(page))


def duckdb_page(folder: Path) -> None:
    import duckdb

    held = "WHERE target = 'class 3' AND topics < 10"
    found = duckdb.sql(
        f"SELECT r.*, p.text FROM '{folder}/records.parquet' r POSITIONAL JOIN '{folder}/previews.parquet' p {held} ORDER BY map_x DESC"  # noqa: S608  # a folder of our own
    ).fetchall()
    print(len(found), found[100][0], WANTED)


def ours_search(folder: Path) -> None:
    from asterism.plugins.report.serving.searching import Question, Searcher
    from asterism.plugins.report.serving.tables import Table

    searcher = Searcher(Table(folder / "records.parquet"), folder / "previews.parquet")
    total, rows = searcher.find(Question(search="RECORD 99"), {}, 0, WANTED)
    print(total, rows[0])


def pandas_search(folder: Path) -> None:
    import pandas as pd

    ids = pd.read_parquet(folder / "records.parquet", columns=["id"])["id"]
    texts = pd.read_parquet(folder / "previews.parquet", columns=["text"])["text"]
    found = np.flatnonzero(
        ids.str.lower().str.contains("record 99", regex=False) | texts.str.lower().str.contains("record 99", regex=False)
    )
    print(len(found), found[0])


def ours_nearest(folder: Path) -> None:
    from asterism.plugins.report.serving.nearness import nearest, vector_of
    from asterism.plugins.report.serving.tables import Table

    table = Table(folder / "records.parquet")
    matrix = table.matrices["vectors"]
    rows, cosines = nearest(table, matrix, vector_of(table, matrix, ASKED), WANTED)
    print(rows[:3], round(cosines[1], 4))


def pandas_nearest(folder: Path) -> None:
    import pandas as pd

    X = np.stack(pd.read_parquet(folder / "records.parquet", columns=["vectors"])["vectors"].to_numpy())
    _tell_nearest(X)


def pyarrow_nearest(folder: Path) -> None:
    column = pq.read_table(folder / "records.parquet", columns=["vectors"])["vectors"].combine_chunks()
    _tell_nearest(column.flatten().to_numpy().reshape(-1, WIDTH))


def duckdb_nearest(folder: Path) -> None:
    import duckdb

    path = folder / "records.parquet"
    query = duckdb.sql(f"SELECT vectors FROM '{path}' WHERE file_row_number = {ASKED}").fetchall()[0][0]  # noqa: S608  # a folder of our own
    asked = (
        "SELECT file_row_number, list_cosine_similarity(vectors, ?::FLOAT[]) AS cosine FROM read_parquet(?) ORDER BY cosine DESC LIMIT ?"
    )
    found = duckdb.execute(asked, [list(query), str(path), WANTED]).fetchall()
    print([row for row, _ in found[:3]], round(found[1][1], 4))


def _tell_nearest(X: np.ndarray) -> None:
    cosines = X @ X[ASKED] / np.linalg.norm(X, axis=1) / np.linalg.norm(X[ASKED])
    best = np.argsort(-cosines)[:WANTED]
    print(best[:3].tolist(), round(float(cosines[best[1]]), 4))


QUESTIONS = {
    "a page of records, filtered and sorted": (ours_page, {"pandas, whole": pandas_page, "DuckDB, all rows": duckdb_page}),
    "a search in ids and previews": (ours_search, {"pandas, two columns whole": pandas_search}),
    "the nearest records": (
        ours_nearest,
        {"pandas, column whole": pandas_nearest, "pyarrow, column whole": pyarrow_nearest, "DuckDB": duckdb_nearest},
    ),
}


def of_process(name: str, folder: Path) -> tuple[float, float, str]:
    """Return time, memory and answer of one question in a process of its own; the better of two times."""
    runs = [measure([sys.executable, __file__, name, str(folder)]) for _ in range(2)]
    return min(seconds for seconds, _, _ in runs), min(memory for _, memory, _ in runs), runs[0][2].strip()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measure([sys.executable, __file__, "write", name])  # in a process of its own, whose memory the others do not inherit
        print(f"{ROWS:,} records, vectors of {WIDTH} columns; the table has {(folder / 'records.parquet').stat().st_size / 2**20:,.0f} MiB")
        for what, (ours, peers) in QUESTIONS.items():
            seconds, memory, told = of_process(ours.__name__, folder)
            print(f"{what}: ours {seconds:.2f} s, {memory:,.0f} MiB")
            for peer, function in peers.items():
                their_seconds, their_memory, their_told = of_process(function.__name__, folder)
                agrees = "" if told == their_told else f"; DIFFERS: {told} / {their_told}"
                print(f"    {peer:28} {their_seconds:.2f} s, {their_memory:,.0f} MiB", end="")
                print(f"   ratios {seconds / their_seconds:.2f} and {memory / their_memory:.2f}{agrees}", flush=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2])) if len(sys.argv) > 1 else main()
