import numpy as np

from asterism.plugins.measures.pairs import pairs
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.clusterers.near_duplicates import NearDuplicates

ROWS = np.array([[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]], np.float32)
IDS = ["a", "b", "c", "d"]


def test_pairs_are_told_by_group_with_the_nearest_first():
    model = NearDuplicates(threshold=1).fit(ROWS)
    assert pairs(model.labels_, IDS, model) == {0: ["a - c: 0", "a - b: 1"]}
    assert pairs(model.labels_, IDS, model, n=1) == {0: ["a - c: 0"]}


def test_groups_that_were_renumbered_have_their_pairs():
    model = NearDuplicates(threshold=1).fit(ROWS)
    assert pairs(np.where(model.labels_ == 0, 7, -1), IDS, model) == {7: ["a - c: 0", "a - b: 1"]}


def test_records_that_the_clusterer_was_not_fitted_on_have_no_pairs():
    model = NearDuplicates(threshold=1).fit(ROWS)
    assert pairs(model.predict(ROWS[:2]), IDS[:2], model) is None
    assert pairs(np.array([0, -1, -1, 0]), IDS, model) is None


def test_pairs_of_two_groups_are_not_told():
    rows = np.array([[0, 0, 0], [0, 0, 0], [0, 0, 1], [0, 1, 1], [0, 1, 1]], np.float32)
    model = NearDuplicates(threshold=1, linkage="complete").fit(rows)
    assert len(model.pairs_) == 4
    assert sum(map(len, pairs(model.labels_, ["a", "b", "c", "d", "e"], model).values())) == 3


def test_other_clusterers_have_no_pairs():
    assert pairs(np.zeros(4, int), IDS, KMeans(n_clusters=1).fit(ROWS)) is None
