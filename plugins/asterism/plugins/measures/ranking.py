"""How good recommendations are: whether they hold what a user touched later, and how varied they are.

All items are ranked; the cut-off is the width of the ranking. Held-out items are equally relevant, whatever their weights, and an item
counts once. A number per user comes as an array, NaN for users that it cannot be told for; the metric is the mean over the others.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Interactions, Ranking, on_request

CELLS = 2**22
"""Pairs of items that are in memory at once: some 200 MB."""


def ndcg(ranking: Ranking, held_out: Interactions) -> NDArray[np.float64]:
    """Return the normalised discounted cumulative gain: held-out items found, near the top counting more, 1 is all first.

    A hit at rank r gains 1 / log2(r + 1); the sum is divided by that of the best ranking of this width (Jarvelin and Kekalainen, ACM TOIS
    20, 2002). Shape (n_users,).
    """
    hits, wanted = _hits(ranking, held_out)
    gains = 1 / np.log2(np.arange(hits.shape[1]) + 2)
    best = np.concatenate([[0.0], np.cumsum(gains)])[np.minimum(wanted, hits.shape[1])]
    return _divided(hits @ gains, best)


def recall(ranking: Ranking, held_out: Interactions) -> NDArray[np.float64]:
    """Return the recall: share of a user's held-out items that are recommended.

    Below 1 at best where a user has more of them than the ranking is wide. Shape (n_users,).
    """
    hits, wanted = _hits(ranking, held_out)
    return _divided(hits.sum(axis=1), wanted)


def precision(ranking: Ranking, held_out: Interactions) -> NDArray[np.float64]:
    """Return the precision: share of the recommended items that were held out.

    Of the width of the ranking, also where fewer items were found. Below 1 at best where a user has fewer held-out items than that.
    Shape (n_users,).
    """
    hits, wanted = _hits(ranking, held_out)
    return _divided(hits.mean(axis=1), wanted > 0)


def mean_average_precision(ranking: Ranking, held_out: Interactions) -> NDArray[np.float64]:
    """Return the mean average precision: precision at the rank of each hit, averaged, 1 is all held-out items first.

    The sum over the hits is divided by the number of held-out items, or the width of the ranking where that is smaller (Manning, Raghavan
    and Schuetze, "Introduction to Information Retrieval", 2008). Shape (n_users,).
    """
    hits, wanted = _hits(ranking, held_out)
    precisions = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    return _divided((precisions * hits).sum(axis=1), np.minimum(wanted, hits.shape[1]))


def mrr(ranking: Ranking, held_out: Interactions) -> NDArray[np.float64]:
    """Return the mean reciprocal rank: 1 where a held-out item comes first, 1/2 second, and so on, 0 where none is found.

    Voorhees, "The TREC-8 question answering track report", 1999. Shape (n_users,).
    """
    hits, wanted = _hits(ranking, held_out)
    firsts = np.where(hits.any(axis=1), 1 / (hits.argmax(axis=1) + 1), 0.0)
    return _divided(firsts, wanted > 0)


def hit_rate(ranking: Ranking, held_out: Interactions) -> NDArray[np.float64]:
    """Return the hit rate: share of users with at least one held-out item among those recommended. Shape (n_users,)."""
    hits, wanted = _hits(ranking, held_out)
    return _divided(hits.any(axis=1), wanted > 0)


def coverage(ranking: Ranking) -> float | None:
    """Return the coverage: share of all items that are recommended to somebody.

    Of the items that the recommender knows. Herlocker et al., "Evaluating collaborative filtering recommender systems", ACM TOIS 22, 2004.
    None where there are no items.
    """
    counts = _times_recommended(ranking)
    return float(np.mean(counts > 0)) if len(counts) else None


@on_request
def gini(ranking: Ranking) -> float | None:
    """Return the Gini coefficient: how unevenly recommendations fall on the items, 0 all alike, near 1 a few get all.

    Of how often each item that the recommender knows is recommended. Fleder and Hosanagar, "Blockbuster culture's next rise or fall",
    Management Science 55, 2009. None where nothing is recommended.
    """
    counts = np.sort(_times_recommended(ranking))
    n = len(counts)
    return float((2 * np.arange(1, n + 1) - n - 1) @ counts / (n * counts.sum())) if counts.any() else None


def novelty(ranking: Ranking, records: Interactions) -> NDArray[np.float64] | None:
    """Return the novelty: how little known the recommended items are, in bits, 0 where everybody touched them.

    The mean of -log2 of the share of users with a history who touched the item (Zhou et al., PNAS 107, 2010). An item that nobody
    touched is left out. Shape (n_users,); None where no recommended item was touched.
    """
    users = max(np.count_nonzero(np.diff(records.indptr)), 1)
    touched = np.bincount(_pairs(records) % max(len(records.items), 1), minlength=len(records.items))
    known = np.where(touched > 0, np.log2(users / np.maximum(touched, 1)), np.nan)
    return _means(_looked_up(known, _places(ranking, records.items), np.nan))


@on_request
def diversity(ranking: Ranking, records: Interactions) -> NDArray[np.float64] | None:
    """Return the diversity: how unlike the items of a ranking are, 0 the same users touched them, 1 no user two of them.

    One less the cosine of the users of two items, who count 1 each, averaged over all pairs of items in a ranking (Ziegler et al.,
    "Improving recommendation lists through topic diversification", WWW 2005). Shape (n_users,); None where no ranking has two items.
    """
    users, places = _users_of_items(records), _places(ranking, records.items)
    means = np.full(len(ranking), np.nan)
    size = max(CELLS // max(ranking.rows.shape[1] ** 2, 1), 1)
    for start in range(0, len(ranking), size):
        block = slice(start, start + size)
        means[block] = _unlikeness(ranking.rows[block], places[block], users)
    return None if np.isnan(means).all() else means


def _hits(ranking: Ranking, held_out: Interactions) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Tell which recommended items were held out, shape (n_users, n), and how many items were held out of each user, shape (n_users,)."""
    if len(ranking) != len(held_out):
        raise DataError(f"ranking and held-out events must be of the same users (got {len(ranking)} and {len(held_out)} rows)")
    if not ranking.rows.shape[1]:
        raise DataError("a ranking must hold at least one item for each user (got 0 columns)", hint="recommend at least one")
    width, relevant = max(len(held_out.items), 1), _pairs(held_out)
    places = _places(ranking, held_out.items)
    hits = np.isin(np.arange(len(ranking))[:, np.newaxis] * width + places, relevant) & (places >= 0)
    return hits, np.bincount(relevant // width, minlength=len(ranking))


def _pairs(log: Interactions) -> NDArray[np.int64]:
    """Return each pair of user and item of a log once, as row * n_items + column, in order."""
    return np.unique(log.owners * max(len(log.items), 1) + log.indices)


def _places(ranking: Ranking, items: list[str]) -> NDArray[np.int64]:
    """Return the positions in `items` of what is recommended, shape (n_users, n); -1 for nothing, and for what is not among them."""
    place = {item: at for at, item in enumerate(items)}
    return _looked_up(np.array([place.get(item, -1) for item in ranking.items], np.int64), ranking.rows, -1)


def _looked_up(values: NDArray[Any], rows: NDArray[np.int64], missing: float) -> NDArray[Any]:
    """Return the values at `rows`, and `missing` for -1."""
    found: NDArray[Any] = np.append(values, missing)[rows]  # -1 is the last one
    return found


def _times_recommended(ranking: Ranking) -> NDArray[np.int64]:
    return np.bincount(ranking.rows[ranking.rows >= 0], minlength=len(ranking.items))


def _divided(values: Any, by: Any) -> NDArray[np.float64]:
    """Divide, NaN where there is nothing to divide by."""
    whole = np.asarray(by, np.float64)
    quotients: NDArray[np.float64] = np.divide(values, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return quotients


def _means(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the mean of each row without NaN; None where there is not one number."""
    known = ~np.isnan(values)
    return _divided(np.where(known, values, 0).sum(axis=1), known.sum(axis=1)) if known.any() else None


def _users_of_items(records: Interactions) -> Any:
    """Return who touched what as a CSR array of ones, shape (n_items, n_users)."""
    from scipy.sparse import csr_array

    n_items, pairs = max(len(records.items), 1), _pairs(records)
    return csr_array((np.ones(len(pairs), np.float32), (pairs % n_items, pairs // n_items)), shape=(n_items, len(records)))


def _unlikeness(rows: NDArray[np.int64], places: NDArray[np.int64], users: Any) -> NDArray[np.float64]:
    """Return the mean of one less the cosine over all pairs in each row; `places` are those of the items in `users`, -1 for none."""
    first, second = np.triu_indices(rows.shape[1], 1)
    both = (rows[:, first] >= 0) & (rows[:, second] >= 0)
    known = (places[:, first] >= 0) & (places[:, second] >= 0)
    unlike = both.astype(np.float64)
    unlike[known] -= _cosines(users, places[:, first][known], places[:, second][known])
    return _divided(unlike.sum(axis=1), both.sum(axis=1))


def _cosines(users: Any, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the cosine of the users of two items, for pairs of items."""
    items, inverse = np.unique(np.concatenate([first, second]), return_inverse=True)
    low, high = inverse[: len(first)], inverse[len(first) :]
    among, order = users[items], np.argsort(low, kind="stable")
    shared, size = np.zeros(len(low)), max(CELLS // max(len(items), 1), 1)
    for start in range(0, len(items), size):
        pairs = order[slice(*np.searchsorted(low[order], [start, start + size]))]
        products = (among[start : start + size] @ among.T).toarray()
        shared[pairs] = products[low[pairs] - start, high[pairs]]
    sizes = np.diff(among.indptr).astype(np.float64)
    cosines: NDArray[np.float64] = shared / np.sqrt(np.maximum(sizes[low] * sizes[high], 1))
    return cosines
