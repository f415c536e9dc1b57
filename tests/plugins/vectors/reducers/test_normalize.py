"""Rows of one length, against scikit-learn's."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

from asterism.framework import fit_by_sums
from asterism.plugins.vectors.reducers.normalize import Normalize


@pytest.mark.parametrize("norm", ["l2", "l1", "max"])
@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_rows_are_those_of_scikit_learn(blobs: Any, norm: Any, form: Any) -> None:
    scaled = Normalize(norm=norm).fit_transform(form(blobs))
    assert scaled.dtype == np.float32
    dense = scaled.toarray() if hasattr(scaled, "toarray") else scaled
    np.testing.assert_allclose(dense, normalize(blobs, norm=norm), rtol=1e-6, atol=1e-7)


def test_row_of_zeros_stays_one_and_the_input_is_not_changed() -> None:
    rows = np.array([[0, 0], [3, 4]], np.float32)
    assert Normalize().fit_transform(rows).tolist() == [[0, 0], [np.float32(0.6), np.float32(0.8)]]
    assert rows.tolist() == [[0, 0], [3, 4]]


def test_first_batch_says_all_there_is_to_learn(blobs: Any) -> None:
    def batches() -> Any:
        yield blobs[:10]
        raise AssertionError("the rest of the data is not needed")

    by_sums = fit_by_sums(Normalize(), batches())
    assert np.array_equal(by_sums.transform(blobs), Normalize().fit_transform(blobs))
