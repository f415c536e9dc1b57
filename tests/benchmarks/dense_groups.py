"""Measure `hdbscan` against every kept implementation, warm: scikit-learn, hdbscan and fast_hdbscan, on 10,000 x 50.

Wall time, because all of them use several cores; each is called once before it is timed, so that nobody pays for compilation.
"""

import time
import warnings
from collections.abc import Callable
from typing import Any

import fast_hdbscan
import hdbscan
import numpy as np
from sklearn.cluster import HDBSCAN as THEIR_HDBSCAN
from sklearn.metrics import adjusted_rand_score

from asterism.plugins.vectors.clusterers.hdbscan import HDBSCAN

ROUNDS = 3
SIZE = 10


def best(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the smallest wall time of some calls, and the last answer."""
    work()
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        answer = work()
        times.append(time.perf_counter() - begin)
    return min(times), answer


def main() -> None:
    """Print every comparison."""
    random = np.random.default_rng(0)
    rows = (random.normal(size=(10_000, 50)) + 3 * random.normal(size=(30, 50))[random.integers(0, 30, 10_000)]).astype(np.float32)
    wide = rows.astype(np.float64)
    ours, found = best(lambda: HDBSCAN(min_cluster_size=SIZE).fit(rows).labels_)
    peers: dict[str, Callable[[], Any]] = {
        "scikit-learn": lambda: THEIR_HDBSCAN(min_cluster_size=SIZE, copy=True).fit_predict(wide),
        "hdbscan": lambda: hdbscan.HDBSCAN(min_cluster_size=SIZE, min_samples=SIZE - 1).fit_predict(wide),
        "fast_hdbscan": lambda: fast_hdbscan.HDBSCAN(min_cluster_size=SIZE, min_samples=SIZE - 1).fit_predict(wide),
    }
    print(f"{'ours':14} {ours:7.3f} s, {found.max() + 1} groups")
    for name, work in peers.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations inside the peers
            theirs, labels = best(work)
        print(f"{name:14} {theirs:7.3f} s   ratio {ours / theirs:5.2f}   agreement (ari) {adjusted_rand_score(found, labels):.4f}")


if __name__ == "__main__":
    main()
