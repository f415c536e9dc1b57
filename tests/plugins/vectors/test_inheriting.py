import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.plugins.vectors.inheriting import by_size, inherited, one_group_for_equals
from asterism.plugins.vectors.neighbours import Neighbours


@given(st.lists(st.integers(-1, 6), min_size=1, max_size=50))
def test_groups_are_numbered_by_falling_size_and_equals_by_their_first_row(groups: list[int]) -> None:
    labels = np.array(groups)
    found = by_size(labels)
    assert np.array_equal(found < 0, labels < 0)
    assert len(set(zip(groups, found.tolist(), strict=True))) == len(set(groups))  # the same groups under other numbers
    sizes = np.bincount(found[found >= 0]).tolist()
    firsts = [found.tolist().index(group) for group in range(len(sizes))]
    assert sorted(zip([-size for size in sizes], firsts, strict=True)) == list(zip([-size for size in sizes], firsts, strict=True))


def test_copies_have_the_group_of_the_first_of_them() -> None:
    index = Neighbours.of(np.array([[0.0], [1.0], [0.0], [2.0], [1.0]]))
    assert one_group_for_equals(index, np.array([4, 1, 2, 3, 0])).tolist() == [4, 1, 4, 3, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_new_row_has_the_group_of_the_nearest_training_row(dtype: type) -> None:
    state = Neighbours.of(np.array([[0, 0], [3, 4], [9, 9]], dtype)).state()
    labels, far, rows = inherited(state, np.array([2, 0, -1]), np.array([[0, 1], [3, 4], [8, 9]], dtype))
    assert labels.tolist() == [2, 0, -1]
    assert far.tolist() == [1, 0, 1]
    assert rows.tolist() == [0, 1, 2]
