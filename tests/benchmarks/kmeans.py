"""Groups around means, and mixtures, against scikit-learn, on made-up blobs: time as ours/theirs, and the memory of a fit from disk.

In memory each pair is measured in turn, several times; the smallest wall time of each side counts, since a shared machine only ever adds to
it. The fit from disk runs in a process of its own, so that its peak memory is that of the whole process; what a round takes is compared
with what a round of scikit-learn takes over the same rows in memory, measured in the parent right after.

    python tests/benchmarks/kmeans.py [memory | disk] [million rows on disk, 2 by default]
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from measuring import compare, elapsed, measure

N_COLUMNS, N_CLUSTERS, ROUNDS = 64, 100, 20


def blobs(n_rows: int, n_clusters: int = N_CLUSTERS, seed: int = 0) -> Any:
    """Make rows around centres, near enough to each other for the means to keep moving."""
    random = np.random.default_rng(seed)
    centers = random.normal(size=(n_clusters, N_COLUMNS)).astype(np.float32)
    return centers[random.integers(0, n_clusters, n_rows)] + random.normal(size=(n_rows, N_COLUMNS), scale=2).astype(np.float32)


def in_memory() -> None:
    """Print every comparison of fits in memory."""
    from sklearn import cluster, mixture

    from asterism.plugins.vectors.clusterers.bisecting_kmeans import BisectingKMeans
    from asterism.plugins.vectors.clusterers.gaussian_mixture import GaussianMixture
    from asterism.plugins.vectors.clusterers.kmeans import KMeans
    from asterism.plugins.vectors.clusterers.mini_batch_kmeans import MiniBatchKMeans

    rows = blobs(200_000)
    few = rows[:20_000]
    same = {"n_clusters": N_CLUSTERS, "max_iter": ROUNDS, "tol": 0.0, "random_state": 0}
    compare("kmeans 100, 20 rounds, 200,000 x 64", lambda: KMeans(**same).fit(rows), lambda: cluster.KMeans(**same).fit(rows))
    elkan = same | {"algorithm": "elkan"}
    compare("kmeans 100, elkan, 20,000 x 64", lambda: KMeans(**elkan).fit(few), lambda: cluster.KMeans(**elkan).fit(few))
    ours, theirs = KMeans(**same).fit(few), cluster.KMeans(**same).fit(few)
    compare("kmeans 100, predict, 200,000 x 64", lambda: ours.predict(rows), lambda: theirs.predict(rows))
    batches = {"n_clusters": N_CLUSTERS, "random_state": 0}
    compare(
        "mini_batch_kmeans 100, 200,000 x 64",
        lambda: MiniBatchKMeans(**batches).fit(rows),
        lambda: cluster.MiniBatchKMeans(**batches).fit(rows),
    )
    compare(
        "bisecting_kmeans 100, 200,000 x 64",
        lambda: BisectingKMeans(**batches).fit(rows),
        lambda: cluster.BisectingKMeans(**batches).fit(rows),
    )
    for form in ("full", "diag"):
        mixed = {"covariance_type": form, "max_iter": ROUNDS, "random_state": 0}
        compare(
            f"gaussian_mixture 10, {form}, 20,000 x 64",
            lambda mixed=mixed: GaussianMixture(n_clusters=10, **mixed).fit(few),
            lambda mixed=mixed: mixture.GaussianMixture(10, **mixed).fit(few),
        )


class Batches:
    """The rows of a file, block by block, as often as wanted."""

    def __init__(self, path: str) -> None:
        self.rows = np.load(path, mmap_mode="r")

    def __iter__(self) -> Iterator[Any]:
        from asterism.framework.blocks import in_blocks

        return (block for _, block in in_blocks(self.rows))


def stream(path: str, n_rounds: int) -> None:
    """Fit from a file, as the child process that is measured; print the seconds of the fastest round and the peak memory."""
    from asterism.framework import add_up
    from asterism.plugins.vectors.clusterers.kmeans import KMeans

    batches, times = Batches(path), []
    component = KMeans(n_clusters=N_CLUSTERS, tol=0.0, max_iter=n_rounds)
    component.begin(np.array(batches.rows[:10_000]))
    done = False
    while not done:
        begin = time.perf_counter()
        done = component.absorb(add_up(component.summarize(batch) for batch in batches))
        times.append(time.perf_counter() - begin)
    print(json.dumps({"seconds": min(times), "memory": peak_memory()}))


def peak_memory() -> float:
    """Return the most memory that this process held, in MiB; what a parent is told of its child may be what the parent itself held."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in status if line.startswith("VmHWM"))) / 1024


def from_disk(n_rows: int, n_rounds: int = 6) -> None:
    """Print what a round from disk takes, in seconds, in memory, and beside a round of scikit-learn."""
    from sklearn.cluster import KMeans

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "rows.npy")
        write(path, n_rows)
        _, _, printed = measure([sys.executable, __file__, "stream", path, str(n_rounds)])
        found = json.loads(printed.splitlines()[-1])
        mine = found["seconds"]
        rows = np.load(path)
    first = rows[:N_CLUSTERS].copy()

    def fit(max_iter: int) -> Any:
        return KMeans(N_CLUSTERS, init=first, n_init=1, tol=0.0, max_iter=max_iter).fit(rows)

    few, many = (min(elapsed(partial(fit, rounds)) for _ in range(2)) for rounds in (1, 1 + n_rounds))
    theirs = (many - few) / n_rounds
    name = f"kmeans 100, a round from disk, {n_rows:,} x {N_COLUMNS}"
    print(
        f"{name:52} ours {mine:7.3f} s   scikit-learn {theirs:7.3f} s   ratio {mine / theirs:5.2f}   peak memory {found['memory']:.0f} MiB"
    )


def write(path: str, n_rows: int) -> None:
    """Write the rows a part at a time."""
    rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(n_rows, N_COLUMNS))
    for part, start in enumerate(range(0, n_rows, 100_000)):
        made = blobs(min(100_000, n_rows - start), seed=part)
        rows[start : start + len(made)] = made
    rows.flush()


def main() -> None:
    """Do what the arguments say."""
    what = sys.argv[1] if len(sys.argv) > 1 else "all"
    if what == "stream":
        stream(sys.argv[2], int(sys.argv[3]))
        return
    if what in ("all", "memory"):
        in_memory()
    if what in ("all", "disk"):
        from_disk(int(float(sys.argv[2]) * 1_000_000) if len(sys.argv) > 2 else 2_000_000)


if __name__ == "__main__":
    main()
