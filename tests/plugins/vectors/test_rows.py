from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import coo_matrix, csr_matrix

from asterism.framework import DataError, NotFittedError
from asterism.plugins.vectors import rows as module
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.pca import PCA
from asterism.plugins.vectors.reducers.svd import SVD
from asterism.plugins.vectors.rows import blocks, project, require, rows_to_fit, sum_of_squares


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
def test_rows_that_are_not_finite_are_named(make: Any) -> None:
    X = np.ones((6, 3), np.float32)
    X[1, 0], X[4, 2] = np.nan, -np.inf
    with pytest.raises(DataError) as caught:
        rows_to_fit(SVD(), make(X))
    assert str(caught.value) == "the matrix holds NaN or infinity (rows 1, 4); leave these records out, or fill in the values"
    assert caught.value.rows == (1, 4)


def test_both_infinities_together_are_refused_without_a_warning() -> None:
    with pytest.raises(DataError, match="NaN or infinity"):
        rows_to_fit(SVD(), np.array([[np.inf], [-np.inf]]))


def test_wrong_width_keeps_the_wording_of_scikit_learn_and_adds_the_way_out(rows: Any) -> None:
    with pytest.raises(DataError) as caught:
        PCA().fit(rows).transform(rows[:, :7])
    expected = "X has 7 features, but PCA is expecting 40 features as input.; give it a matrix with the same columns as in fit"
    assert str(caught.value) == expected


def test_no_row_at_all_is_refused() -> None:
    with pytest.raises(DataError, match=r"^Found array with 0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1 is required by SVD\.$"):
        SVD().fit(np.empty((0, 3)))


@pytest.mark.parametrize("component", [SVD(), PCA(), KMeans()], ids=repr)
def test_use_before_fit_is_refused_whatever_the_rows_are(component: Any) -> None:
    verb = component.predict if isinstance(component, KMeans) else component.transform
    with pytest.raises(
        NotFittedError, match=f"^{type(component).__name__} is not fitted yet, so it has no 'n_features_in_'; call fit first$"
    ):
        verb("no matrix")


def test_float32_stays_float32_and_integers_become_float64() -> None:
    assert rows_to_fit(SVD(), np.ones((2, 2), np.float32)).dtype == np.float32
    assert rows_to_fit(SVD(), np.ones((2, 2), np.int64)).dtype == np.float64


def test_any_sparse_matrix_becomes_canonical_csr_and_the_input_stays() -> None:
    X = coo_matrix((np.ones(3), ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    checked = rows_to_fit(SVD(), X)
    assert checked.format == "csr"
    assert checked.toarray().tolist() == [[0, 2], [1, 0]]
    assert X.nnz == 3


def test_wide_indices_are_narrowed_and_the_input_stays() -> None:
    X = csr_matrix(np.eye(4))
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    checked = rows_to_fit(KMeans(n_clusters=2), X)
    assert (checked.indices.dtype, X.indices.dtype) == (np.int32, np.int64)


@given(n_rows=st.integers(1, 40), n_columns=st.integers(1, 9), size=st.integers(1, 50), sparse=st.booleans())
def test_blocks_are_the_rows_in_order(n_rows: int, n_columns: int, size: int, sparse: bool) -> None:
    X = np.random.default_rng(0).random((n_rows, n_columns)).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_VALUES", size)
        found = [block.toarray() if sparse else block for block in blocks(csr_matrix(X) if sparse else X)]
        assert np.array_equal(np.concatenate(found), X)
        assert sum_of_squares(X) == pytest.approx(float((X.astype(np.float64) ** 2).sum()))
    assert all(block.dtype == np.float64 for block in found)


@given(arrays(np.float32, (9, 5), elements=st.floats(-1e6, 1e6, width=32)))
def test_projecting_a_batch_gives_what_its_rows_give_one_by_one(X: Any) -> None:
    weights = np.random.default_rng(0).normal(size=(5, 3))
    batch = project(X, weights, 1.5)
    assert batch.dtype == np.float32
    alone = np.concatenate([project(X[[row]], weights, 1.5) for row in range(9)])
    assert np.array_equal(batch, alone)
    np.testing.assert_allclose(batch, X.astype(np.float64) @ weights - 1.5, rtol=1e-5, atol=1e-5 * np.abs(X).max() + 1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_columns", [3, 784, 70_000])
def test_projection_around_a_point_is_exact_far_from_the_origin(dtype: Any, n_columns: int) -> None:
    random = np.random.default_rng(0)
    X, weights = (
        (random.normal(size=(1100 if n_columns < 1000 else 40, n_columns)) + 4096).astype(dtype),
        random.normal(size=(n_columns, 2)),
    )
    mean = X.mean(axis=0, dtype=np.float64)
    placed = project(X, weights, around=mean)
    np.testing.assert_allclose(placed, (X - mean) @ weights, rtol=1e-4, atol=1e-3 * np.sqrt(n_columns))
    assert np.array_equal(placed[7:20], np.concatenate([project(X[[row]], weights, around=mean) for row in range(7, 20)]))
    np.testing.assert_allclose(project(csr_matrix(X), weights, around=mean), placed, rtol=0.1, atol=1e-6 * 4096 * n_columns)


def test_rows_that_transform_did_not_give_cannot_be_brought_back(rows: Any) -> None:
    with pytest.raises(DataError) as caught:
        SVD(n_components=3).fit(rows).inverse_transform(rows)
    assert str(caught.value) == "rows of 3 components can be brought back (got shape (300, 40)); pass what transform gave"


def test_requirement_counts_in_words() -> None:
    with pytest.raises(DataError, match=r"^n=4, but there is only 1 record; lower it, or give it more records$"):
        require(4, 1, "records", "n=4")
    require(4, 4, "records", "n=4")
