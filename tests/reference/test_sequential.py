"""The model of order on Amazon Beauty, the last event of each user held out, against a neighbour method."""

import os
from pathlib import Path

import numpy as np
import pytest

from asterism.framework import Interactions
from asterism.plugins.recommend.item_knn import ItemKNN
from asterism.plugins.recommend.sequential import Sequential

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names the folder of the reference data"),
]

N = 10


@pytest.fixture(scope="module")
def beauty():
    path = Path(os.environ["ASTERISM_DATA"], "recommend", "amazon_beauty", "Beauty.txt")
    lines = [line.split() for line in path.read_text("utf-8").splitlines()]
    return Interactions.from_histories({user: items[:-1] for user, *items in lines}), [items[-1] for _, *items in lines]


def ndcg(ranking, wanted):
    """Return the mean over users of 1 / log2(1 + place) of the item held out, 0 where it is not among those ranked."""
    ranked = (ranking[row] for row in range(len(ranking)))
    return np.mean([1 / np.log2(2 + items.index(item)) if item in items else 0 for items, item in zip(ranked, wanted, strict=True)])


def test_what_comes_next_is_found_more_often_than_by_neighbours(beauty):
    train, wanted = beauty
    neighbours = ndcg(ItemKNN().fit(train).recommend(train, N), wanted)
    model = Sequential(n_factors=64, epochs=3)  # by default twice as wide, and longer: 0.064, in minutes
    found = ndcg(model.fit(train).recommend(train, N), wanted)
    assert found > 1.2 * neighbours
    assert found == pytest.approx(0.0490, rel=0.07)  # another version of torch draws other numbers
