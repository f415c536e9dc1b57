"""How alike records and topics are."""

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.metrics.pairwise import cosine_similarity

from asterism.plugins.text.topics.likeness import cosines, group_means

ROWS = np.array([[1, 0, 2], [3, 0, 0], [0, 1, 1], [0, 0, 0]], np.float32)
TOPICS = np.array([[1, 1, 0], [0, 0, 3]], np.float32)


def test_cosines_are_those_of_scikit_learn_dense_or_sparse():
    expected = cosine_similarity(ROWS, TOPICS)
    np.testing.assert_allclose(cosines(ROWS, TOPICS), expected, rtol=1e-6)
    np.testing.assert_allclose(cosines(csr_matrix(ROWS), csr_matrix(TOPICS)), expected, rtol=1e-6)


def test_columns_are_multiplied_first():
    factors = np.array([1.0, 2.0, 0.5])
    found = cosines(csr_matrix(ROWS), TOPICS, factors)
    np.testing.assert_allclose(found, cosine_similarity(ROWS * factors, TOPICS), rtol=1e-6)


def test_means_are_of_the_rows_of_each_group():
    labels, groups = np.array([2, 2, 5, -1]), np.array([2, 5])
    dense, sparse = group_means(labels, groups, ROWS), group_means(labels, groups, csr_matrix(ROWS))
    assert dense.tolist() == sparse.toarray().tolist() == [[2, 0, 1], [0, 1, 1]]
    assert dense.dtype == sparse.dtype == np.float32
