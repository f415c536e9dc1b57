from typing import Any

import numpy as np
import pytest

from asterism.plugins.vectors.condensed_tree import condense, glosh, kept_group, outlier_scores, select

# Seven rows: {0, 1, 2} join at 1 and 2, {3, 4, 5} at 1.5 and 3, both at 10, row 6 at 20.
JOINED = np.array([[0, 1, 1, 2], [3, 4, 1.5, 2], [7, 2, 2, 3], [8, 5, 3, 3], [9, 10, 10, 6], [11, 6, 20, 7]], float)


def test_a_split_into_two_large_parts_makes_two_groups_and_a_small_part_leaves() -> None:
    tree = condense(JOINED, 3)
    assert tree.n_groups == 3
    assert tree.of_groups()[0].tolist() == [-1, 0, 0]
    np.testing.assert_allclose(tree.of_groups()[1], [0, 0.1, 0.1])
    group, density = tree.of_rows()
    assert group.tolist() == [1, 1, 1, 2, 2, 2, 0]
    np.testing.assert_allclose(density, [1 / 2, 1 / 2, 1 / 2, 1 / 3, 1 / 3, 1 / 3, 1 / 20])


def test_stability_is_how_long_rows_stay_beyond_the_birth_of_their_group() -> None:
    tree = condense(JOINED, 3)
    np.testing.assert_allclose(tree.stabilities(), [1 / 20 + 6 / 10, 3 * (1 / 2 - 1 / 10), 3 * (1 / 3 - 1 / 10)])
    np.testing.assert_allclose(tree.deaths(), [1 / 10, 1 / 2, 1 / 3])


@pytest.mark.parametrize(
    ("options", "chosen"),
    [({}, [1, 2]), ({"method": "leaf"}, [1, 2]), ({"allow_single": True}, [1, 2]), ({"epsilon": 11.0, "allow_single": True}, [0])],
)
def test_groups_are_kept_by_the_method(options: dict[str, Any], chosen: list[int]) -> None:
    assert select(condense(JOINED, 3), **options).tolist() == chosen


def test_rows_belong_to_the_kept_group_around_theirs() -> None:
    above = np.array([-1, 0, 0, 1, 1])
    assert kept_group(above, np.array([1])).tolist() == [-1, 0, -1, 0, 0]
    assert kept_group(above, np.array([2, 3])).tolist() == [-1, -1, 0, 1, -1]


def test_outlier_scores_grow_with_the_distance_from_the_core_of_the_group() -> None:
    scores = outlier_scores(condense(JOINED, 3))
    np.testing.assert_allclose(scores, [0, 0, 0, 0, 0, 0, 1 - (1 / 20) / (1 / 2)])


def test_scores_of_rows_that_are_all_alike_are_zero() -> None:
    assert glosh(np.array([np.inf, np.inf]), np.array([np.inf, np.inf])).tolist() == [0, 0]
    assert glosh(np.array([0.5, 0.0]), np.array([np.inf, 0.0])).tolist() == [1, 0]
