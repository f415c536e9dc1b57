"""Seconds to fit and to recommend to every user, against the same neighbours found with scikit-learn, in the same run.

The peer is what one would write by hand: `NearestNeighbors(metric="cosine")` on the items, similarities as a CSR matrix, histories times
that matrix, and a partial sort of each user's scores. Both sides use plain weights, so that their neighbours are the same.

    ASTERISM_DATA=... python tests/benchmarks/item_knn.py
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.neighbors import NearestNeighbors

from asterism.framework import Interactions
from asterism.plugins.recommend.item_knn import ItemKNN

N, N_NEIGHBORS = 10, 50


def movielens(folder):
    """Read 100,004 ratings of 671 users."""
    rows = [line.split(",") for line in (folder / "ml_latest_small" / "ratings.csv").read_text("utf-8").splitlines()[1:]]
    users, items, ratings, _ = zip(*rows, strict=True)
    return Interactions.from_events(users, items, [float(rating) for rating in ratings])


def beauty(folder):
    """Read 198,502 events of 22,363 users."""
    lines = [line.split() for line in (folder / "amazon_beauty" / "Beauty.txt").read_text("utf-8").splitlines()]
    return Interactions.from_histories({user: items for user, *items in lines})


def made_up():
    """Draw 100,000 events of 2,000 users with 5,000 items, a few of them popular."""
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, 2000, 100_000), (5000 * rng.random(100_000) ** 3).astype(int)
    return Interactions.from_events([f"u{user}" for user in users], [f"i{item}" for item in items])


def seconds(work):
    """Time one call in processor seconds, which tell less about what else the machine is doing."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def peer_fit(matrix):
    """Find the neighbours of each item."""
    items = matrix.T.tocsr()
    distances, near = NearestNeighbors(n_neighbors=N_NEIGHBORS, metric="cosine", algorithm="brute").fit(items).kneighbors()
    rows = np.repeat(np.arange(len(near)), near.shape[1])
    return csr_matrix(((1 - distances).ravel(), (rows, near.ravel())), shape=(len(near), len(near)))


def peer_recommend(matrix, similarity):
    """Rank unseen items for each user."""
    ranked = np.empty((matrix.shape[0], N), np.int64)
    for first in range(0, matrix.shape[0], 500):
        block = matrix[first : first + 500]
        scores = (block @ similarity).toarray()
        scores[block.nonzero()] = 0
        best = np.argpartition(-scores, N, axis=1)[:, :N]
        ranked[first : first + 500] = np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, 1), axis=1), 1)
    return ranked


def compare(name, log):
    """Print the times of both sides, and how many recommendations they share."""
    cells = (log.weights.astype(float), (np.repeat(np.arange(len(log)), np.diff(log.indptr)), log.indices))
    matrix = csr_matrix(cells, shape=(len(log), len(log.items)))
    fit, model = seconds(lambda: ItemKNN(weighting="none", n_neighbors=N_NEIGHBORS).fit(log))
    recommend, ranking = seconds(lambda: model.recommend(log, N))
    their_fit, similarity = seconds(lambda: peer_fit(matrix))
    their_recommend, theirs = seconds(lambda: peer_recommend(matrix, similarity))
    shared = np.mean([len(set(ranking[row]) & {log.items[item] for item in theirs[row]}) / N for row in range(len(log))])
    print(f"{name}: {len(log):,} users, {len(log.items):,} items, {len(log.indices):,} events; {shared:.0%} of the recommendations shared")
    for what, ours, peer in (("fit", fit, their_fit), ("recommend", recommend, their_recommend)):
        print(f"  {what:10} ours {ours:6.2f} s, peer {peer:6.2f} s: {peer / ours:.1f} times as fast")


def main():
    made = made_up()
    seconds(lambda: ItemKNN().fit(made).recommend(made, N))  # imports
    compare("made up", made)
    if "ASTERISM_DATA" not in os.environ:
        sys.exit()
    folder = Path(os.environ["ASTERISM_DATA"], "recommend")
    compare("MovieLens", movielens(folder))
    compare("Amazon Beauty", beauty(folder))


if __name__ == "__main__":
    main()
