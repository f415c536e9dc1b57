"""Seconds to fit recommenders and to recommend to every user, against `implicit` and NumPy in the same run, and the peak memory of a fit.

The peers are `implicit` at equal settings, on all cores but without threads of BLAS, which would hinder it, and for `ease` the formula
written down in NumPy. Both sides are called in turn, warmed up; what is printed are medians, on the wall and by the processor's clock,
which other programs disturb less. Ours starts from ids, the peers from a matrix. On wish ours are to be no slower than `implicit`, `ease`
at most 1.1 times as slow as NumPy, 7,000 users a second to get their 10 items, and a fit on Amazon Beauty to take at most 60 s and 4 GB.

Without reference data the log is made up. One part can be chosen: peaks, fits, rankings or inverses.

    ASTERISM_DATA=... python tests/benchmarks/recommenders.py [PART]
"""

import importlib
import os
import sys
import time
import warnings
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from measuring import measure
from threadpoolctl import threadpool_limits

from asterism.framework import Interactions

N, N_NEIGHBORS, L2 = 10, 200, 250.0
LINEAR = {
    "popular": "popular:Popular",
    "item_knn": "item_knn:ItemKNN",
    "user_knn": "user_knn:UserKNN",
    "cluster_cf": "cluster_cf:ClusterCF",
    "random_walk": "random_walk:RandomWalk",
    "slim": "slim:SLIM",
    "ease": "ease:EASE",
    "als": "als:ALS",
    "bpr": "bpr:BPR",
}
"""Recommenders whose scores are sums over the history, and where they are."""


def recommender(place):
    """Return the class at `module:name` among our recommenders."""
    module, name = place.split(":")
    return getattr(importlib.import_module(f"asterism.plugins.recommend.{module}"), name)


def folder():
    return Path(os.environ["ASTERISM_DATA"], "recommend")


def movielens(least=4.0):
    """Read who rated which film at least so high."""
    rows = [line.split(",") for line in (folder() / "ml_latest_small" / "ratings.csv").read_text("utf-8").splitlines()[1:]]
    users, items, ratings = zip(*((user, item, float(rating)) for user, item, rating, _ in rows if float(rating) >= least), strict=True)
    return Interactions.from_events(users, items, None if least > 0 else ratings)


def beauty():
    """Read 198,502 reviews by 22,363 users of 12,101 products."""
    lines = [line.split() for line in (folder() / "amazon_beauty" / "Beauty.txt").read_text("utf-8").splitlines()]
    return Interactions.from_histories({user: items for user, *items in lines})


def made_up():
    """Draw 100,000 events of 2,000 users with 3,000 items, a few of them popular."""
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, 2000, 100_000), (3000 * rng.random(100_000) ** 3).astype(int)
    return Interactions.from_events([f"u{user}" for user in users], [f"i{item}" for item in items])


def logs():
    """Return the logs to measure on, by name, smallest first."""
    if "ASTERISM_DATA" not in os.environ:
        return {"made up": made_up()}
    return {"MovieLens": movielens(), "Amazon Beauty": beauty()}


def matrix(log, weight=1.0):
    """Write who touched what as `implicit` wants it: CSR of float32, shape (n_users, n_items)."""
    from scipy.sparse import csr_matrix  # not where memory is measured

    cells = (np.ones(len(log.indices), np.float32), log.indices.astype(np.int32), log.indptr.astype(np.int32))
    made = csr_matrix(cells, shape=(len(log), len(log.items)))
    made.sum_duplicates()
    made.data[:] = weight
    return made


def clocks(work):
    """Time one call on the wall and by the processor's clock."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def compare(what, ours, peer, rounds):
    """Print the median times of both sides, called in turn, and return ours on the wall."""
    pairs = [(*clocks(ours), *clocks(peer)) for _ in range(rounds)]
    wall, processor, their_wall, their_processor = map(median, zip(*pairs, strict=True))
    print(
        f"  {what:22} ours {wall:7.3f} s ({processor:7.3f} of the processor), peer {their_wall:7.3f} s ({their_processor:7.3f}):"
        f" {their_wall / wall:5.2f} ({their_processor / processor:5.2f}) times as fast",
        flush=True,
    )
    return wall


def pairs(log):
    """Return what is compared: name, ours, what makes the peer, what the peer learns from, and how often.

    The peer's least squares are three steps of conjugate gradients unless they are to be exact, as ours always are.
    """
    from implicit.als import AlternatingLeastSquares  # not where memory is measured
    from implicit.bpr import BayesianPersonalizedRanking
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender

    item_knn, als, bpr = (recommender(LINEAR[name]) for name in ("item_knn", "als", "bpr"))
    ones, elevens, k = matrix(log), matrix(log, 11.0), N_NEIGHBORS + 1  # the peer counts an item among its own neighbours
    near, draws = {"n_neighbors": N_NEIGHBORS}, {"factors": 64, "random_state": 0}
    return [
        ("item_knn, cosine", item_knn(weighting="none", **near), lambda: CosineRecommender(K=k), ones, 5),
        ("item_knn, bm25", item_knn(similarity="dot", **near), lambda: BM25Recommender(K=k), ones, 5),
        ("als, alpha 0", als(alpha=0, l2=0.01), lambda: AlternatingLeastSquares(**draws), ones, 3),
        ("als, alpha 10", als(alpha=10, l2=0.01), lambda: AlternatingLeastSquares(**draws), elevens, 3),
        (
            "als, alpha 10, exact",
            als(alpha=10, l2=0.01),
            lambda: AlternatingLeastSquares(**draws, use_cg=False),
            elevens,
            1,
        ),
        ("bpr, 100 epochs", bpr(epochs=100), lambda: BayesianPersonalizedRanking(**draws), ones, 1),
    ]


def fit_peer(make, learned_from):
    make().fit(learned_from, show_progress=False)


def fits(all_logs):
    """Compare the seconds of a fit."""
    for name, log in all_logs.items():
        print(f"fit, {name}: {len(log):,} users, {len(log.items):,} items, {len(log.indices):,} events", flush=True)
        for what, ours, peer, learned_from, rounds in pairs(log):
            compare(what, partial(ours.fit, log), partial(fit_peer, peer, learned_from), rounds)


def rankings(all_logs):
    """Compare the seconds of the best 10 items for all users; ours makes the factors of each history, the peer looks them up."""
    for name, log in all_logs.items():
        print(f"recommend, {name}", flush=True)
        for what, ours, make, learned_from, _ in pairs(log)[1:4:2]:
            peer, everyone = make(), np.arange(len(log))
            ours.fit(log).recommend(log, N)
            peer.fit(learned_from, show_progress=False)
            theirs = partial(peer.recommend, everyone, learned_from, N=N)
            wall = compare(what.split(",")[0], partial(ours.recommend, log, N), theirs, 3)
            print(f"  {'':22} {len(log) / wall:,.0f} users a second", flush=True)


def by_hand(log, dtype):
    """Solve `ease` as one would write it down."""
    touched = matrix(log)
    gram = (touched.T @ touched).toarray().astype(dtype)
    gram[np.diag_indices(len(gram))] += L2
    precision = np.linalg.inv(gram)
    weights = precision / -np.diag(precision)
    weights[np.diag_indices(len(weights))] = 0
    return weights


def inverses(all_logs):
    """Compare `ease` with NumPy, in the numbers that ours are (float32) and, where that does not take minutes, in float64."""
    ease = recommender(LINEAR["ease"])
    for name, log in all_logs.items():
        is_small = len(log.items) < 10_000
        print(f"ease, {name}", flush=True)
        for dtype in ("float32", "float64")[: 1 + is_small]:
            compare(f"numpy, {dtype}", partial(ease(l2=L2).fit, log), partial(by_hand, log, dtype), 3 if is_small else 1)


def peaks():
    """Print seconds and memory of each fit on the largest log, in a process of its own."""
    print("fit in a process of its own, with the log and all imports in memory", flush=True)
    for name in LINEAR:
        _, memory, printed = measure([sys.executable, __file__, "fit", name])
        wall, processor = map(float, printed.split())
        print(f"  {name:22} {wall:7.2f} s ({processor:6.2f} of the processor), {memory / 1024:5.2f} GB", flush=True)


def fit(name):
    """Fit one recommender on the largest log, compiled loops warmed up, and print the seconds."""
    kind, small = recommender(LINEAR[name]), Interactions.from_histories({f"u{user}": [f"i{user}", "all"] for user in range(20)})
    kind().fit(small)
    log = list(logs().values())[-1]
    print(*clocks(lambda: kind().fit(log)))


def warm_up():
    """Import everything, and compile or load the loops of both sides."""
    small = Interactions.from_histories({f"u{user}": [f"i{(user * step) % 7}" for step in range(1, 4)] for user in range(20)})
    for _, ours, peer, learned_from, _ in pairs(small):
        ours.fit(small).recommend(small, N)
        peer().fit(learned_from, show_progress=False)


def main():
    if sys.argv[1:2] == ["fit"]:
        fit(sys.argv[2])
        return
    wanted = sys.argv[1:] or ["peaks", "fits", "rankings", "inverses"]
    if "peaks" in wanted:  # first, as a process begins with the peak of the one that starts it
        peaks()
    warnings.filterwarnings("ignore", module="implicit")  # of what it does with its own matrices
    warm_up()
    all_logs = logs()
    with threadpool_limits(1, "blas"):  # as `implicit` advises
        for part, run in {"fits": fits, "rankings": rankings}.items():
            if part in wanted:
                run(all_logs)
    if "inverses" in wanted:
        inverses(all_logs)


if __name__ == "__main__":
    main()
