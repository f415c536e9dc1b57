from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from asterism.framework import DataError, ModelError, Problem
from asterism.framework.problems import problems_to
from asterism.registry.stable import renumbering

Past = Callable[..., Path]


def test_matching_groups_keep_their_numbers_and_new_ones_get_new_ones(past: Past) -> None:
    earlier = past("first", topics={"a": 0, "b": 0, "c": 3, "d": 3})
    labels = np.array([1, 1, 0, 0, 2, -1])
    assert renumbering(earlier, "topics", ["c", "d", "a", "b", "e", "f"], labels) == ((0, 0), (1, 3), (2, 4))


def test_a_run_like_itself_keeps_every_number(past: Past) -> None:
    earlier = past("first", topics={"a": 2, "b": 0, "c": 1, "d": -1})
    assert renumbering(earlier, "topics", list("abcd"), np.array([2, 0, 1, -1])) == ((0, 0), (1, 1), (2, 2))


def test_few_shared_records_are_reported(past: Past) -> None:
    problems: list[Problem] = []
    with problems_to(problems.append):
        renumbering(past("half", topics={"a": 0, "b": 1}), "topics", list("abxy"), np.array([0, 1, 0, 1]))
        assert problems == []
        renumbering(past("first", topics={"a": 0, "z": 1}), "topics", list("axy"), np.array([0, 1, 1]))
    assert [str(problem) for problem in problems] == ["only 1 of 3 records are in first; the numbers of the groups rest on these"]


def test_no_shared_record_is_an_error_with_the_way_out(past: Past) -> None:
    with pytest.raises(DataError) as caught:
        renumbering(past("first", topics={"a": 0}), "topics", ["x"], np.array([0]))
    hint = "apply the earlier model to the new data first: asterism apply first ..., or name ids (source.id)"
    assert str(caught.value) == f"first: the two runs share no record; {hint}"


def test_a_stage_that_the_earlier_run_does_not_have_is_an_error(past: Past) -> None:
    earlier = past("first", columns={"odd": np.array([0.5])}, topics={"a": 0})
    with pytest.raises(DataError, match=r"^first: no stage 'topcis' gives groups there; did you mean 'topics'\?$"):
        renumbering(earlier, "topcis", ["a"], np.array([0]))
    with pytest.raises(DataError, match=r"^first: no stage 'odd' gives groups there; there are topics$"):
        renumbering(earlier, "odd", ["a"], np.array([0]))


def test_a_run_that_is_not_there_is_an_error(past: Past) -> None:
    past("first", topics={"a": 0})
    with pytest.raises(ModelError, match=r"^frist: there is no such folder; did you mean 'first'\?$"):
        renumbering(Path("frist"), "topics", ["a"], np.array([0]))
