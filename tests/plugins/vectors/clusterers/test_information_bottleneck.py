"""The clusterer `information_bottleneck`: what it keeps, how rows move, and what it refuses."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.metrics import adjusted_rand_score

from asterism.framework import DataError, Matrix
from asterism.framework.problems import Problem, problems_to
from asterism.plugins.vectors.clusterers.information_bottleneck import InformationBottleneck
from asterism.plugins.vectors.clusterers.kmeans import KMeans


def texts_of_three_subjects(n: int = 150, longest: int = 60) -> tuple[Matrix, Any]:
    """Draw counts of 60 words, texts of 5 words to `longest`; each subject has 20 of its own and takes half of its words from there."""
    random = np.random.default_rng(0)
    subjects = np.arange(n) % 3
    shares = np.full((3, 60), 0.5 / 60) + 0.5 / 20 * (np.arange(60) // 20 == np.arange(3)[:, None])
    return csr_matrix(
        np.stack([random.multinomial(random.integers(5, longest), shares[subject]) for subject in subjects]), dtype=np.float32
    ), subjects


def information(X: Any, labels: Any, n_groups: int) -> float:
    """Mutual information of groups and columns by the plain formula."""
    shares = X.toarray().astype(np.float64) / X.sum()
    joint = np.stack([np.asarray(shares)[labels == group].sum(axis=0) for group in range(n_groups)])
    outer = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    held = joint > 0
    return float((joint[held] * np.log(joint[held] / outer[held])).sum())


def test_subjects_are_found_that_only_words_tell() -> None:
    counts, subjects = texts_of_three_subjects()
    found = InformationBottleneck(n_clusters=3, n_init=3).fit(counts)
    assert adjusted_rand_score(subjects, found.labels_) > 0.9
    assert adjusted_rand_score(subjects, KMeans(n_clusters=3, n_init=3).fit(counts).labels_) < 0.5


def test_information_is_that_of_the_plain_formula_and_no_single_move_adds_to_it() -> None:
    counts, _ = texts_of_three_subjects(60)
    found = InformationBottleneck(n_clusters=3, tol=0.0, max_iter=100).fit(counts)
    assert found.information_ == pytest.approx(information(counts, found.labels_, 3), rel=1e-9)
    for row in range(60):
        for group in range(3):
            moved = found.labels_.copy()
            moved[row] = group
            assert information(counts, moved, 3) <= found.information_ + 1e-12


def test_of_several_starts_the_one_that_keeps_most_is_kept() -> None:
    counts, _ = texts_of_three_subjects(60, longest=8)
    alone = [InformationBottleneck(n_clusters=4, random_state=seed).fit(counts).information_ for seed in range(4)]
    assert len(set(alone)) > 1
    assert InformationBottleneck(n_clusters=4, n_init=4).fit(counts).information_ == max(alone)


def test_dense_rows_are_answered_as_sparse_ones() -> None:
    counts, _ = texts_of_three_subjects(60)
    sparse, dense = InformationBottleneck(n_clusters=3).fit(counts), InformationBottleneck(n_clusters=3).fit(counts.toarray())
    assert np.array_equal(sparse.labels_, dense.labels_)


def test_a_row_of_zeros_is_in_no_group_and_reported() -> None:
    counts, _ = texts_of_three_subjects(30)
    counts = csr_matrix(np.vstack([counts.toarray(), np.zeros((1, 60))]))
    heard: list[Problem] = []
    with problems_to(heard.append):
        found = InformationBottleneck(n_clusters=3).fit(counts)
    assert found.labels_[-1] == -1
    assert (found.labels_[:-1] >= 0).all()
    assert [(problem.message, problem.rows) for problem in heard] == [("in no group, because the row is zero throughout", (30,))]


def test_negative_values_and_too_few_rows_are_refused() -> None:
    rows = np.abs(np.random.default_rng(0).normal(size=(6, 3)))
    rows[4, 1] = -1
    with pytest.raises(DataError, match="Negative values in data: counts are needed here") as caught:
        InformationBottleneck(n_clusters=2).fit(rows)
    assert caught.value.rows == (4,)
    empty = np.vstack([np.eye(3), np.zeros((5, 3))])
    with pytest.raises(DataError, match="n_clusters=4 needs as many that are not zero throughout, but there are only 3 records"):
        InformationBottleneck(n_clusters=4).fit(empty)


@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=3, max_size=12), st.integers(1, 3), st.integers(0, 5))
def test_any_counts_are_put_into_groups_and_predicted_alike(rows: list[list[int]], n_clusters: int, seed: int) -> None:
    counts = np.array(rows, np.float32)
    if np.count_nonzero(counts.sum(axis=1)) < n_clusters:
        return
    with problems_to(lambda problem: None):
        found = InformationBottleneck(n_clusters=n_clusters, random_state=seed).fit(counts)
        assert np.array_equal(found.predict(counts), found.labels_)
        assert [int(found.predict(counts[[row]])[0]) for row in range(len(counts))] == found.labels_.tolist()
    assert np.array_equal(found.labels_ == -1, counts.sum(axis=1) == 0)
