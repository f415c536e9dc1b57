"""A fit that is a sum over batches."""

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import Component, Summable, Summary, add_up, fit_by_sums


class Halving(Component, Summable):
    """Learns the mean in a first round and the variance in a second."""

    def begin(self, sample: Any) -> None:
        self.sample_size_, self.rounds_, self.mean_ = len(sample), 0, np.zeros(sample.shape[1])

    def summarize(self, batch: Any) -> Any:
        moved = batch.astype(np.float64) - self.mean_
        return {"sum": (moved if self.rounds_ == 0 else moved**2).sum(axis=0), "count": np.array(len(batch))}

    def absorb(self, total: Any) -> bool:
        value = total["sum"] / total["count"]
        if self.rounds_ == 0:
            self.mean_ = value
        else:
            self.variance_ = value
        self.rounds_ += 1
        return self.rounds_ == 2


X = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)


def test_rounds_run_until_the_component_is_done() -> None:
    fitted = fit_by_sums(Halving(), [X[:20], X[20:]])
    assert fitted.rounds_ == 2
    np.testing.assert_allclose(fitted.mean_, X.mean(axis=0, dtype=np.float64))
    np.testing.assert_allclose(fitted.variance_, X.var(axis=0, dtype=np.float64))


def test_sample_is_the_first_batch_unless_given() -> None:
    assert fit_by_sums(Halving(), [X[:20], X[20:]]).sample_size_ == 20
    assert fit_by_sums(Halving(), [X[:20], X[20:]], sample=X[:5]).sample_size_ == 5


class Width(Component, Summable):
    """Learns how many columns there are, which a sample says."""

    def begin(self, sample: Any) -> bool:
        self.width_ = sample.shape[1]
        return True

    def summarize(self, batch: Any) -> Any:
        raise AssertionError("the fit is over")

    def absorb(self, total: Any) -> bool:
        raise AssertionError("the fit is over")


def test_no_round_is_run_where_the_sample_says_everything() -> None:
    assert fit_by_sums(Width(), [X[:20], X[20:]]).width_ == 3


@given(st.lists(st.integers(0, 49), max_size=6).map(sorted))
def test_answer_does_not_depend_on_where_batches_are_cut(cuts: list[int]) -> None:
    edges = [0, *cuts, 50]
    batches = [X[start:stop] for start, stop in pairwise(edges) if stop > start]
    np.testing.assert_allclose(fit_by_sums(Halving(), batches).variance_, X.var(axis=0, dtype=np.float64), rtol=1e-12)


def test_sums_are_added_in_their_order_and_change_no_summary() -> None:
    parts = [{"a": np.array([1.0])}, {"a": np.array([2.0]), "b": np.array(5)}, {"b": np.array(1)}]
    total = add_up(parts)
    assert total["a"].tolist() == [3.0]
    assert total["b"] == 6
    assert parts[0]["a"].tolist() == [1.0]
    left_to_right = ((np.float64(0.1) + 0.2) + 0.3).item()
    assert add_up([{"a": np.array(x)} for x in (0.1, 0.2, 0.3)])["a"].item() == left_to_right


def test_counts_by_name_are_added_name_by_name_and_change_no_summary() -> None:
    parts: list[Summary] = [{"words": {"sun": 1}}, {"words": {"sea": 2, "sun": 3}}, {"words": {}}]
    assert add_up(parts) == {"words": {"sun": 4, "sea": 2}}
    assert parts == [{"words": {"sun": 1}}, {"words": {"sea": 2, "sun": 3}}, {"words": {}}]


def test_nothing_adds_up_to_nothing() -> None:
    assert add_up([]) == {}
