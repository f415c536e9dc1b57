"""Item neighbours on real logs: MovieLens (a fifth of the ratings held out) and Amazon Beauty (the last event of each user held out)."""

import os
from pathlib import Path

import numpy as np
import pytest

from asterism.framework import Interactions
from asterism.plugins.recommend.item_knn import ItemKNN

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names the folder of the reference data"),
]

N = 10


def folder():
    return Path(os.environ["ASTERISM_DATA"], "recommend")


@pytest.fixture(scope="module")
def movielens():
    lines = (folder() / "ml_latest_small" / "ratings.csv").read_text("utf-8").splitlines()[1:]
    rows = [line.split(",") for line in lines]
    held_out = np.random.default_rng(0).random(len(rows)) < 0.2
    return split([(user, item, float(rating)) for user, item, rating, _ in rows], held_out)


@pytest.fixture(scope="module")
def beauty():
    lines = [line.split() for line in (folder() / "amazon_beauty" / "Beauty.txt").read_text("utf-8").splitlines()]
    rows = [(user, item, 1.0) for user, *items in lines for item in items]
    held_out = np.array([place == len(items) - 1 for _, *items in lines for place in range(len(items))])
    return split(rows, held_out)


def split(rows, held_out):
    kept = [row for row, is_out in zip(rows, held_out, strict=True) if not is_out]
    users, items, weights = zip(*kept, strict=True)
    wanted = {}
    for (user, item, _), is_out in zip(rows, held_out, strict=True):
        if is_out:
            wanted.setdefault(user, set()).add(item)
    return Interactions.from_events(users, items, weights), wanted


def ndcg(train, wanted, rankings):
    """Mean normalised discounted cumulative gain at N over the users with held-out items."""
    gains = 1 / np.log2(np.arange(2, N + 2))
    values = []
    for user, ranked in zip(train.users, rankings, strict=True):
        if user in wanted:
            hits = [item in wanted[user] for item in ranked[:N]]
            values.append(gains[: len(hits)][hits].sum() / gains[: len(wanted[user])].sum())
    return np.mean(values)


def popularity(train, model):
    """Rank what most users touched and the user did not."""
    for row in range(len(train)):
        seen = set(train[row])
        yield [item for item in model.items_[: len(seen) + N] if item not in seen][:N]


@pytest.mark.parametrize(
    ("log", "weighting", "popular", "expected"),
    [
        ("movielens", "bm25", 0.1750, 0.2955),
        ("movielens", "none", 0.1750, 0.2740),
        ("beauty", "bm25", 0.00608, 0.0379),
        ("beauty", "none", 0.00608, 0.0362),
    ],
)
def test_neighbours_find_held_out_items_much_better_than_popularity(request, log, weighting, popular, expected):
    train, wanted = request.getfixturevalue(log)
    model = ItemKNN(weighting=weighting).fit(train)
    ranking = model.recommend(train, N)
    # measured once; libraries of other versions may break ties of the last digit otherwise, which moves a few users
    assert ndcg(train, wanted, popularity(train, model)) == pytest.approx(popular, rel=0.02)
    assert ndcg(train, wanted, (ranking[row] for row in range(len(train)))) == pytest.approx(expected, rel=0.02)
