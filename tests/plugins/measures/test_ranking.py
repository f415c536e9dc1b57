import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score
from sklearn.metrics.pairwise import cosine_similarity

from asterism.framework import DataError, Interactions, Ranking
from asterism.framework.measures import is_on_request
from asterism.plugins.measures import ranking as module
from asterism.plugins.measures.ranking import (
    coverage,
    diversity,
    gini,
    hit_rate,
    mean_average_precision,
    mrr,
    ndcg,
    novelty,
    precision,
    recall,
)

ACCURACY = [ndcg, recall, precision, mean_average_precision, mrr, hit_rate]
ITEMS = ["tea", "milk", "rice", "salt"]


def ranking_of(rows: Any, items: list[str] = ITEMS) -> Ranking:
    found = np.array(rows, np.int64).reshape(len(rows), -1)
    return Ranking(found, np.zeros(found.shape, np.float32), items)


def assert_same(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, atol=1e-7)


RANKING = ranking_of([[0, 1, 2], [3, 2, -1], [1, 2, 0]])
HELD_OUT = Interactions.from_histories({"ann": ["milk", "unknown"], "bob": ["tea"], "cid": []})
"""The items are in another order than those of the ranking."""


@pytest.mark.parametrize(
    ("metric", "of_ann"),
    [
        (ndcg, (1 / math.log2(3)) / (1 + 1 / math.log2(3))),
        (recall, 1 / 2),
        (precision, 1 / 3),
        (mean_average_precision, 1 / 2 / 2),
        (mrr, 1 / 2),
        (hit_rate, 1),
    ],
)
def test_numbers_are_those_of_a_hand(metric: Any, of_ann: float) -> None:
    assert_same(metric(RANKING, HELD_OUT), [of_ann, 0, np.nan])  # who has nothing held out counts for nothing


def cases() -> Any:
    """Rankings of 3 of 6 items for some users, and a set of held-out items for each."""
    user = st.tuples(st.permutations(range(6)), st.integers(0, 4), st.sets(st.integers(0, 7)))
    return st.lists(user, min_size=1, max_size=8)


def arranged(users: Any, width: int = 4) -> tuple[Ranking, Interactions, list[list[str]], list[set[str]]]:
    items = [f"i{item}" for item in range(6)]
    rows = [[*order[: min(found, width)], *[-1] * (width - min(found, width))] for order, found, _ in users]
    ranking = ranking_of(rows, items)
    wanted = [{f"i{item}" for item in held} for *_, held in users]
    held_out = Interactions.from_histories({str(user): sorted(held, reverse=True) for user, held in enumerate(wanted)})
    return ranking, held_out, [ranking[row] for row in range(len(ranking))], wanted


@given(cases())
def test_ndcg_is_that_of_scikit_learn(users: Any) -> None:
    ranking, held_out, offered, wanted = arranged(users)
    every = [f"i{item}" for item in range(8)]
    for found, best, held in zip(ndcg(ranking, held_out), offered, wanted, strict=True):
        if not held:
            assert np.isnan(found)
            continue
        filled = best + [f"nothing{place}" for place in range(4 - len(best))]  # places that hold nothing gain nothing
        names = filled + [item for item in every if item not in filled]
        relevant = [[item in held for item in names]]
        scores = [[-place for place in range(len(names))]]
        assert found == pytest.approx(ndcg_score(relevant, scores, k=4))


@given(cases())
def test_the_others_are_those_of_a_plain_loop(users: Any) -> None:
    ranking, held_out, offered, wanted = arranged(users)
    values = [metric(ranking, held_out) for metric in (recall, precision, mean_average_precision, mrr, hit_rate)]
    for *found, best, held in zip(*values, offered, wanted, strict=True):
        hits = [rank for rank, item in enumerate(best, 1) if item in held]
        if not held:
            assert np.isnan(found).all()
            continue
        average = sum(sum(other <= rank for other in hits) / rank for rank in hits) / min(len(held), 4)
        expected = [len(hits) / len(held), len(hits) / 4, average, 1 / hits[0] if hits else 0, float(bool(hits))]
        assert found == pytest.approx(expected)


def test_an_item_counts_once_and_weights_say_nothing() -> None:
    twice = Interactions.from_events(["ann"] * 3, ["tea", "tea", "milk"], weights=[5, 5, 1])
    once = Interactions.from_events(["ann"] * 2, ["milk", "tea"], weights=[1, 1])
    for metric in ACCURACY:
        assert metric(ranking_of([[0, 2]]), twice) == metric(ranking_of([[0, 2]]), once)
    assert recall(ranking_of([[0, 2]]), twice) == [0.5]


def test_all_held_out_items_first_is_the_best_whatever_the_width() -> None:
    held_out = Interactions.from_histories({"ann": ["tea", "milk"]})
    for rows in ([[1]], [[1, 0]], [[1, 0, 3]]):
        for metric in (ndcg, mean_average_precision, mrr, hit_rate):
            assert metric(ranking_of(rows), held_out) == [1]


@pytest.mark.parametrize("metric", ACCURACY)
def test_rows_that_do_not_fit_and_empty_rankings_are_refused(metric: Any) -> None:
    with pytest.raises(DataError, match=r"must be of the same users \(got 1 and 3 rows\)"):
        metric(ranking_of([[0]]), HELD_OUT)
    with pytest.raises(DataError, match=r"at least one item for each user \(got 0 columns\); recommend at least one"):
        metric(ranking_of([[], [], []]), HELD_OUT)


def test_coverage_is_the_share_of_items_that_somebody_is_offered() -> None:
    assert coverage(RANKING) == 1
    assert coverage(ranking_of([[0, -1], [0, 1]])) == 0.5
    assert coverage(ranking_of([[-1]])) == 0
    assert coverage(ranking_of([[-1]], [])) is None


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20).filter(any))
def test_gini_is_half_the_mean_difference_over_the_mean(counts: list[int]) -> None:
    rows = [[item] for item, count in enumerate(counts) for _ in range(count)]
    differences = np.abs(np.subtract.outer(counts, counts)).mean()
    assert gini(ranking_of(rows, [str(item) for item in range(len(counts))])) == pytest.approx(differences / 2 / np.mean(counts))


def test_gini_is_nothing_where_all_items_are_offered_alike_and_none_where_none_are() -> None:
    assert gini(ranking_of([[0, 1], [2, 3]])) == 0
    assert gini(ranking_of([[0], [0]])) == 0.75
    assert gini(ranking_of([[-1]])) is None
    assert is_on_request(gini)


LOG = Interactions.from_histories({"a": ["salt", "tea"], "b": ["tea", "tea"], "c": ["tea", "milk"], "d": ["milk", "tea"], "e": []})
"""Tea is touched by all who touched anything, milk by half of them, salt by a quarter; rice is unknown."""


def test_novelty_is_the_self_information_of_what_is_offered() -> None:
    assert_same(novelty(ranking_of([[0, -1], [1, 3], [3, 2], [2, -1]]), LOG), [0, 1.5, 2, np.nan])
    assert novelty(ranking_of([[2]]), LOG) is None
    assert novelty(ranking_of([[0]]), Interactions.from_histories({"a": []})) is None


@pytest.mark.parametrize("cells", [1, 10, 2**22])
def test_diversity_is_one_less_the_cosine_of_the_users_of_two_items(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CELLS", cells)
    random = np.random.default_rng(0)
    touched = random.random((30, 12)) < 0.3
    log = Interactions.from_histories({str(user): [f"i{item}" for item in np.flatnonzero(row)] for user, row in enumerate(touched)})
    ranking = ranking_of([random.permutation(12)[:4] for _ in range(20)], [f"i{item}" for item in range(12)])
    unlike = 1 - cosine_similarity(touched.T.astype(float))
    expected = [unlike[np.ix_(row, row)][np.triu_indices(4, 1)].mean() for row in ranking.rows]
    assert_same(diversity(ranking, log), expected)


def test_an_item_that_nobody_touched_is_unlike_any_and_one_item_has_no_diversity() -> None:
    assert_same(diversity(ranking_of([[0, 2], [0, -1], [-1, -1], [0, 0]]), LOG), [1, np.nan, np.nan, 0])
    assert diversity(ranking_of([[0], [1]]), LOG) is None
    assert is_on_request(diversity)
