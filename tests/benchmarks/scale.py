"""Ten times the data: how much more memory and time a run takes that streams. Whole processes of `asterism run`.

50,000 and 500,000 documents made of the sentences of docstrings; or as many as the two arguments say. Memory may grow by 1.2 at most,
time by 11.
"""

import sys
import tempfile
from pathlib import Path

from documents import write_documents
from measuring import run_spec

SPEC = """
asterism: 1
name: scale
source: {modality: text, path: documents.csv, id: id}
memory: 4MiB
stages:
  - encoder: hashing
    n_features: 65536
  - reducer: svd
    n_components: 32
    n_iter: 2
  - clusterer: kmeans
    n_clusters: 20
    max_iter: 10
"""
MOST_MEMORY, MOST_TIME = 1.2, 11.0


def measured(count: int) -> tuple[float, float]:
    """Run the spec on so many documents; return time in seconds and peak memory in MiB."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_documents(folder / "documents.csv", count)
        (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
        seconds, memory, _ = run_spec(folder / "spec.yaml", folder / "out", "--cache", "off")
    print(f"{count:,} documents: {seconds:.1f} s, peak memory {memory:.0f} MiB", flush=True)
    return seconds, memory


def main() -> None:
    """Measure both and print the ratios."""
    few, many = map(int, sys.argv[1:3] or ("50000", "500000"))
    (short, little), (long, much) = measured(few), measured(many)
    print(f"scale: peak memory {much / little:.2f} (at most {MOST_MEMORY}), time {long / short:.2f} (at most {MOST_TIME})")


if __name__ == "__main__":
    main()
