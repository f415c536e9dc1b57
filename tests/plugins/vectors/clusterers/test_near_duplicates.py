import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.metrics import pairwise_distances

from asterism.framework import DataError
from asterism.plugins.vectors.clusterers.near_duplicates import NearDuplicates


def near_pairs(far, threshold):
    """Pairs within the threshold by comparing all of them."""
    return {(row, other) for row, other in zip(*np.nonzero(far <= threshold), strict=True) if row < other}


def groups_of(pairs, n_rows):
    rows, others = np.array(sorted(pairs), int).reshape(-1, 2).T
    labels = connected_components(coo_matrix((np.ones(len(rows)), (rows, others)), shape=(n_rows, n_rows)), directed=False)[1]
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in labels if (labels == label).sum() > 1}


def found_groups(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in labels if label >= 0}


@settings(max_examples=60, deadline=None)
@given(
    bits=arrays(np.float32, st.tuples(st.integers(1, 25), st.just(6)), elements=st.sampled_from([0.0, 1.0])), threshold=st.integers(0, 3)
)
def test_groups_are_those_of_comparing_all_pairs(bits, threshold):
    far = (bits[:, None] != bits[None]).sum(-1)
    model = NearDuplicates(threshold=threshold).fit(bits)
    assert found_groups(model.labels_) == groups_of(near_pairs(far, threshold), len(bits))
    for (row, other), distance in zip(model.pairs_, model.distances_, strict=True):
        assert far[row, other] == distance <= threshold
    assert np.array_equal(model.predict(bits), model.labels_)


@pytest.mark.parametrize(("metric", "threshold"), [("euclidean", 1.5), ("cosine", 0.05), ("manhattan", 3.0)])
def test_other_metrics_find_the_pairs_that_scikit_learn_finds(blobs, metric, threshold):
    rows = blobs[:200]
    model = NearDuplicates(metric=metric, threshold=threshold).fit(rows)
    expected = near_pairs(pairwise_distances(rows.astype(np.float64), metric=metric), threshold)
    assert {tuple(pair) for pair in model.pairs_.tolist()} == expected
    assert found_groups(model.labels_) == groups_of(expected, 200)


@pytest.mark.parametrize("threshold", [0.5, 1.5, 4.0])
def test_complete_groups_are_those_of_a_dendrogram_cut_at_the_threshold(blobs, threshold):
    rows = blobs[:200].astype(np.float64)
    expected = fcluster(linkage(rows, "complete"), threshold, "distance")
    labels = NearDuplicates(metric="euclidean", threshold=threshold, linkage="complete").fit(rows).labels_
    assert found_groups(labels) == {group for group in found_groups(expected) if len(group) > 1}


@settings(max_examples=40, deadline=None)
@given(
    bits=arrays(np.float32, st.tuples(st.integers(1, 25), st.just(6)), elements=st.sampled_from([0.0, 1.0])), threshold=st.integers(0, 3)
)
def test_rows_of_a_complete_group_are_all_near_each_other(bits, threshold):
    far = (bits[:, None] != bits[None]).sum(-1)
    model = NearDuplicates(threshold=threshold, linkage="complete").fit(bits)
    assert all(far[np.ix_(group, group)].max() <= threshold for group in map(list, found_groups(model.labels_)))
    assert np.array_equal(model.predict(bits), model.labels_)


def test_the_nearest_of_several_hashes_counts():
    rows = np.array([[0, 0, 0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0, 0, 0]], np.float32)
    assert NearDuplicates(threshold=1, n_hashes=2).fit(rows).labels_.tolist() == [0, 0, 0]
    model = NearDuplicates(threshold=1, n_hashes=2).fit(rows[:2])
    assert (model.pairs_.tolist(), model.distances_.tolist()) == ([[0, 1]], [1.0])
    assert NearDuplicates(threshold=1).fit(rows).labels_.tolist() == [-1, -1, -1]


def test_a_training_row_gets_its_own_group_though_it_shares_a_hash_with_another():
    rows = np.array([[0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0]], np.float32)
    model = NearDuplicates(threshold=0, n_hashes=2, linkage="complete").fit(rows)
    assert len(set(model.labels_.tolist())) > 1
    assert np.array_equal(model.predict(rows), model.labels_)


def test_a_new_row_joins_the_group_of_the_nearest_row_within_the_threshold():
    rows = np.array([[0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1]], np.float32)
    model = NearDuplicates(threshold=1).fit(rows)
    new = np.array([[0, 0, 0, 0, 1, 0], [0, 0, 0, 1, 1, 0], [1, 1, 1, 1, 1, 0]], np.float32)
    assert model.predict(new).tolist() == [0, -1, -1]


def test_larger_groups_come_first():
    rows = np.repeat(np.eye(4, 12, dtype=np.float32) * 0 + np.kron(np.eye(4), np.ones(3)).astype(np.float32), [1, 2, 4, 3], axis=0)
    labels = NearDuplicates(threshold=1).fit(rows).labels_
    assert labels.tolist() == [-1, 2, 2, 0, 0, 0, 0, 1, 1, 1]


def test_many_copies_of_one_row_are_paired_with_the_first_alone():
    model = NearDuplicates().fit(np.ones((20_000, 64), np.float32))
    assert (model.n_clusters_, model.pairs_.shape) == (1, (19_999, 2))
    assert (model.pairs_[:, 0] == 0).all()


def test_hashes_that_do_not_fill_the_columns_are_refused():
    with pytest.raises(DataError, match="8 columns cannot be shared out to n_hashes=3"):
        NearDuplicates(n_hashes=3).fit(np.ones((4, 8), np.float32))
