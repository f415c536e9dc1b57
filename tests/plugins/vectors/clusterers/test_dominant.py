"""Groups of rows by their largest column."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from asterism.plugins.vectors.clusterers.dominant import Dominant

ROWS = np.array([[0.1, 0.7, 0.2], [0.5, 0.0, 0.5], [0.0, 0.0, 0.0], [-1.0, -2.0, 0.0]], np.float32)


@pytest.mark.parametrize("rows", [ROWS, csr_matrix(ROWS)], ids=["array", "csr"])
def test_row_goes_to_its_largest_column_and_to_the_first_of_equals(rows):
    clusterer = Dominant().fit(rows)
    assert clusterer.labels_.tolist() == [1, 0, 0, 2]
    assert clusterer.predict(rows[2:]).tolist() == [0, 2]


def test_group_keeps_its_number_where_no_row_has_another():
    assert Dominant().fit(ROWS).predict(np.array([[0, 0, 9]], np.float32)).tolist() == [2]


@pytest.mark.parametrize("rows", [ROWS, csr_matrix(ROWS)], ids=["array", "csr"])
def test_membership_is_the_row_as_shares(rows):
    found = Dominant().fit(rows).membership(rows)
    third = 1 / 3
    np.testing.assert_allclose(found, [[0.1, 0.7, 0.2], [0.5, 0, 0.5], [third] * 3, [third] * 3], rtol=1e-6)
    assert found.dtype == np.float32


def test_rows_of_another_width_are_refused():
    with pytest.raises(ValueError, match="is expecting 3 features"):
        Dominant().fit(ROWS).predict(ROWS[:, :2])
