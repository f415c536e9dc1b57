"""Time and memory of exports of a run of many records, against pandas on the same table.

Each export and each peer is a process of its own, so that its peak of memory is its own. pandas reads the table whole and writes it:
what people do who have no exporter. It neither applies edits nor adds titles, and it disarms no formula; of the table for CSV it is given
the same columns. Vectors have 50 columns.

    python tests/benchmarks/exports.py [RECORDS]
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from measuring import measure

from asterism.framework import Pipeline, Result, Stage
from asterism.framework.edits import Edit, Edits
from asterism.framework.finished import FinishedRun
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.pca import PCA
from asterism.registry import Registry
from asterism.registry.table import write_table

N_COLUMNS, N_GROUPS = 50, 40
PEERS = {
    "parquet": "f = pd.read_parquet(source); f.to_parquet(out, compression='zstd')",
    "csv": "f = pd.read_parquet(source, columns=['id', 'groups', 'map_x', 'map_y']); f.to_csv(out, index=False)",
    "json": "f = pd.read_parquet(source); f.to_json(out, orient='records', lines=True)",
}
ENDINGS = {"parquet": "parquet", "csv": "csv", "json": "jsonl"}


def write_run(folder, n_records):
    """Write the table and the groups of a run by hand."""
    random = np.random.RandomState(0)
    values = {
        "vectors": random.normal(size=(n_records, N_COLUMNS)).astype(np.float32),
        "groups": random.randint(0, N_GROUPS, n_records),
        "map": random.normal(size=(n_records, 2)).astype(np.float32),
    }
    result = Result(None, [f"record-{row}" for row in range(n_records)], stages=stages(), values=values)
    write_table(result, folder / "records.parquet")
    groups = {str(group): {"size": 1, "keywords": ["some", "words", f"of{group}"]} for group in range(N_GROUPS)}
    (folder / "groups.json").write_text(json.dumps({"groups": groups}))


def stages():
    """Wire the stages of the run."""
    components = {"vectors": PCA(), "groups": KMeans(), "map": PCA(n_components=2)}
    return {name: Stage(name, component, fed_by="source") for name, component in components.items()}


def export(folder, form, out):
    """Export the run in this process."""
    run = FinishedRun(
        folder,
        {"stages": {}},
        Pipeline(list(stages().values())),
        Result(None, [], stages=stages()),
        Edits((Edit("groups", (0, 1), "joined"),)),
    )
    Registry().load("exporter", form)(run, out)


def main():
    """Compare each form."""
    n_records = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_run(folder, n_records)
        print(f"{n_records:,} records, a table of {(folder / 'records.parquet').stat().st_size / 2**20:.0f} MiB")
        for form, peer in PEERS.items():
            out, theirs = folder / f"ours.{ENDINGS[form]}", folder / f"theirs.{ENDINGS[form]}"
            ours = measure([sys.executable, __file__, "--export", name, form, str(out)])
            code = f"import pandas as pd; source, out = {str(folder / 'records.parquet')!r}, {str(theirs)!r}; {peer}"
            pandas = measure([sys.executable, "-c", code])
            sizes = f"{out.stat().st_size / 2**20:.0f} and {theirs.stat().st_size / 2**20:.0f} MiB written"
            print(
                f"{form:8} ours {ours[0]:6.2f} s {ours[1]:6.0f} MiB   pandas {pandas[0]:5.2f} s {pandas[1]:5.0f} MiB   {sizes}", flush=True
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--export"]:
        export(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
    else:
        main()
