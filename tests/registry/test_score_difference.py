import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from asterism.registry.score_difference import RankMove, compare_scores

SCORES = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30)


@given(SCORES, st.integers(0, 99))
def test_the_rank_correlation_is_that_of_scipy(scores: list[float], seed: int) -> None:
    before = np.array(scores)
    after = np.random.default_rng(seed).permutation(before)
    found = compare_scores(list(map(str, range(len(before)))), before, after)
    if np.ptp(before) > 0:
        assert found.spearman == pytest.approx(spearmanr(before, after).statistic, abs=1e-9)


def test_only_the_order_of_scores_matters() -> None:
    before = np.array([1.0, 5.0, 2.0])
    found = compare_scores(["a", "b", "c"], before, np.exp(before))
    assert (found.spearman, found.moves) == (1.0, [])


def test_the_records_that_moved_most_stand_first() -> None:
    before, after = np.array([9.0, 8.0, 7.0, 6.0, 5.0]), np.array([1.0, 8.0, 7.0, 6.0, 9.0])
    found = compare_scores(list("abcde"), before, after)
    assert found.moves == [RankMove("a", 1.0, 5.0), RankMove("e", 5.0, 1.0)]
    assert found.spearman == pytest.approx(-0.6)


def test_equal_scores_share_a_place() -> None:
    assert compare_scores(list("abc"), np.array([2.0, 2.0, 1.0]), np.array([3.0, 1.0, 1.0])).moves[0] == RankMove("b", 1.5, 2.5)


def test_scores_without_any_order_agree_with_their_like_alone() -> None:
    flat, steep = np.ones(3), np.arange(3.0)
    assert [compare_scores(list("abc"), *pair).spearman for pair in ((flat, flat), (flat, steep), (steep, flat))] == [1.0, 0.0, 0.0]
