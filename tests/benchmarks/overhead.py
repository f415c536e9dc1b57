"""What the framework costs: `asterism run` against the same steps written by hand with scikit-learn, whole processes, in turn.

Prints wall time and peak memory as ratios ours/theirs (median over pairs), without a cache and with an empty one, and how far the
groups agree; that needs ASTERISM_DATA. Then the time of a run whose last stage was changed against that of the first run, which
filled the cache; that needs nothing.
"""

import csv
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from documents import write_documents
from measuring import measure, run_spec

HERE = Path(__file__).parent / "by_hand"
JOBS = {"r8": "text/r8/train.txt", "mnist": "image/mnist_t10k/t10k-images-idx3-ubyte.gz"}
ROUNDS = int(os.environ.get("ROUNDS", "7"))
MOST_WITHOUT_CACHE, MOST_WITH_CACHE, MOST_WARM = 1.05, 1.15, 0.2
HEAVY = """
asterism: 1
name: heavy
source: {modality: text, path: documents.csv, id: id}
stages:
  - encoder: tfidf
    analyzer: char_wb
    ngram_range: [2, 4]
    max_features: 20000
  - reducer: svd
    n_components: 50
  - clusterer: kmeans
    n_clusters: 20
"""
"""Start-up is a small part of this job, as of those that a cache is for."""
DOCUMENTS = int(os.environ.get("DOCUMENTS", "40000"))
ROUNDS_OF_HEAVY = 3


class Outcome(NamedTuple):
    """What a process took and gave."""

    seconds: float
    memory: float
    groups: list[int]
    nmi: float


def by_hand(name: str, data: Path, folder: Path) -> Outcome:
    """Run the script."""
    seconds, memory, printed = measure([sys.executable, str(HERE / f"{name}.py"), str(data), str(folder / "labels.csv")])
    with (folder / "labels.csv").open() as stream:
        return Outcome(seconds, memory, [int(label) for _, label in csv.reader(stream)], float(printed))


def ours(name: str, data: Path, out: Path, cache: str) -> Outcome:
    """Run the spec."""
    import pyarrow.parquet as pq

    seconds, memory, told = run_spec(HERE / f"{name}.yaml", out, "--set", f"source.path={data}", "--cache", cache)
    ((stage, metrics),) = told["metrics"].items()
    return Outcome(seconds, memory, pq.read_table(out / "records.parquet", columns=[stage])[stage].to_pylist(), metrics["nmi"])


def compare(name: str, data: Path) -> None:
    """Run all three in turn and print the ratios."""
    from sklearn.metrics import adjusted_rand_score

    rounds = []
    for _ in range(ROUNDS + 1):
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            off, cold = (ours(name, data, folder / kind, cache) for kind, cache in (("off", "off"), ("cold", str(folder / "cache"))))
            rounds.append((by_hand(name, data, folder), off, cold))
    theirs, off, cold = rounds[-1]
    wall, wall_cold = (statistics.median(each[place].seconds / each[0].seconds for each in rounds[1:]) for place in (1, 2))
    peak = statistics.median(each[1].memory / each[0].memory for each in rounds[1:])  # the first round warms the disk cache
    print(f"{name}: wall {wall:.2f} of {theirs.seconds:.2f} s by hand (at most {MOST_WITHOUT_CACHE}),", end=" ")
    print(f"with an empty cache {wall_cold:.2f} (at most {MOST_WITH_CACHE}), peak memory {peak:.2f} of {theirs.memory:.0f} MiB,", end=" ")
    agreement = adjusted_rand_score(off.groups, theirs.groups)
    print(f"NMI {off.nmi:.4f} and {theirs.nmi:.4f}, ARI between the groups {agreement:.4f}", flush=True)


def compare_warm() -> None:
    """Run the heavy job into an empty cache, then with another last stage, and print the ratio."""
    pairs = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_documents(folder / "documents.csv", DOCUMENTS)
        (folder / "spec.yaml").write_text(HEAVY, encoding="utf-8")
        for number in range(ROUNDS_OF_HEAVY):
            cache = ("--cache", str(folder / f"cache-{number}"))
            cold, *_ = run_spec(folder / "spec.yaml", folder / f"cold-{number}", *cache)
            warm, *_ = run_spec(folder / "spec.yaml", folder / f"warm-{number}", *cache, "--set", "stages.kmeans.n_clusters=21")
            pairs.append((warm, cold))
    ratio = statistics.median(warm / cold for warm, cold in pairs)
    print(f"heavy: with another last stage {ratio:.2f} (at most {MOST_WARM}) of {pairs[-1][1]:.1f} s", flush=True)


def main() -> None:
    """Compare all jobs."""
    root = os.environ.get("ASTERISM_DATA")
    if not root:
        print("overhead: ASTERISM_DATA is not set, so nothing is compared with what is written by hand")
    for name, path in JOBS.items() if root else ():
        compare(name, Path(root or "").absolute() / path)
    compare_warm()


if __name__ == "__main__":
    main()
