from typing import Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import Clusterer, Labels, Matrix, Reducer, Stage, WiringError


class Signs(Clusterer):
    """Groups by sign."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Matrix) -> Labels:
        return (X[:, 0] > 0).astype(np.int64)


class Same(Reducer):
    """Gives what it takes."""

    def transform(self, X: Matrix) -> Matrix:
        return X


def renumbered(*pairs: tuple[int, int]) -> Stage:
    return Stage("groups", Signs(), renumber=pairs)


def test_groups_are_shown_under_the_numbers_that_renumber_tells() -> None:
    given = np.array([0, 1, 1, -1, 0])
    shown = renumbered((0, 7), (1, 0)).shown(given)
    assert (shown.tolist(), shown.dtype) == ([7, 0, 0, -1, 7], np.int64)
    assert given.tolist() == [0, 1, 1, -1, 0]


def test_without_renumber_and_for_other_values_nothing_changes() -> None:
    labels, matrix = np.array([0, 1]), np.zeros((2, 2), np.float32)
    assert renumbered().shown(labels) is labels
    assert Stage("same", Same(), renumber=((0, 1),)).shown(matrix) is matrix


def test_a_group_that_had_no_record_at_the_fit_comes_behind_the_others() -> None:
    assert renumbered((0, 1)).shown(np.array([0, 1, 3])).tolist() == [1, 3, 5]


@given(st.lists(st.integers(-1, 9)), st.permutations(range(4)))
def test_groups_as_the_component_gave_them_are_found_again(groups: list[int], numbers: list[int]) -> None:
    stage, labels = renumbered((0, numbers[0]), (1, numbers[1] + 4)), np.array(groups, np.int64)
    assert stage.given(stage.shown(labels)).tolist() == groups
    assert renumbered().given(labels) is labels


def test_no_records_have_no_groups() -> None:
    assert renumbered((0, 1)).shown(np.array([], np.int64)).tolist() == []


NUMBERS = st.lists(st.integers(0, 9), unique=True, max_size=6)


@given(NUMBERS, st.permutations(range(10)))
def test_two_groups_never_share_a_number(groups: list[int], numbers: list[int]) -> None:
    every = np.arange(-1, 12)
    shown = renumbered(*zip(groups, numbers, strict=False)).shown(every)
    assert len(set(shown.tolist())) == len(every)
    assert shown[0] == -1


@given(NUMBERS, st.lists(st.integers(-1, 12), max_size=20))
def test_a_batch_is_shown_as_its_rows_one_by_one(groups: list[int], labels: list[int]) -> None:
    stage = renumbered(*((group, place) for place, group in enumerate(groups)))
    assert stage.shown(np.array(labels, np.int64)).tolist() == [int(stage.shown(np.array([label]))[0]) for label in labels]


@pytest.mark.parametrize("pairs", [((0, 1), (0, 2)), ((0, 1), (2, 1)), ((-1, 0),), ((0, -1),)])
def test_numbers_that_would_merge_groups_are_refused(pairs: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(WiringError) as caught:
        renumbered(*pairs)
    assert str(caught.value) == f"stage 'groups': renumber must give each group a number of its own, from 0 (got {pairs})"
