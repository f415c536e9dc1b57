"""Why an item is recommended: what its score loses when an item of the history is left out."""

import re

import numpy as np
import pytest

from asterism.framework import DataError, Interactions
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.als import ALS
from asterism.plugins.recommend.ease import EASE
from asterism.plugins.recommend.item_knn import ItemKNN
from asterism.plugins.recommend.svd_pp import SVDpp

HISTORIES = {"ann": ["a", "b"], "ben": ["a", "b", "c"], "cat": ["b", "c", "d"], "dan": ["d", "e"], "eve": ["a", "e"], "fay": ["c", "e"]}
LOG = Interactions.from_histories(HISTORIES)


def score(model, item, users, items, weights=None):
    ranking = model.recommend(Interactions.from_events(users, items, weights), len(model.items_), exclude_seen=False)
    return float(ranking.scores[0][ranking.rows[0] == model.items_.index(item)].sum())


@pytest.mark.parametrize("make", [ItemKNN, lambda: EASE(l2=2.0), lambda: ALS(n_factors=3, l2=1.0, max_iter=3)])
def test_a_reason_is_what_the_score_loses_without_an_item(make):
    model, history = make().fit(LOG), ["a", "d", "b", "a"]
    reasons = model.explain(history, "c", n=9)
    whole = score(model, "c", ["u"] * 4, history)
    losses = {left: whole - score(model, "c", ["u"] * len(rest), rest) for left in "adb" if (rest := [i for i in history if i != left])}
    expected = sorted((left for left in losses if losses[left] > 0), key=lambda left: -losses[left])
    assert [reason.items for reason in reasons] == [(left,) for left in expected]
    assert [reason.weight for reason in reasons] == pytest.approx([losses[left] for left in expected])
    assert [reason.text for reason in reasons] == [f"{left} is in the history" for left in expected]
    assert model.explain(history, "c", n=1) == reasons[:1]


def test_the_only_item_of_a_history_is_the_whole_reason():
    model = ItemKNN().fit(LOG)
    for history in (["a"], ["a", "a"]):
        (reason,) = model.explain(history, "b")
        assert (reason.text, reason.items) == ("a is in the history", ("a",))
        assert reason.weight == pytest.approx(score(model, "b", ["u"] * len(history), history))


def test_unknown_items_of_a_history_are_no_reason():
    model = ItemKNN().fit(LOG)
    problems = []
    with problems_to(problems.append):
        assert model.explain(["never", "a", "nie"], "b") == model.explain(["a"], "b")
        assert model.explain(["never", "a", "d"], "b") == model.explain(["a", "d"], "b")
    assert problems == []


def test_where_nothing_in_the_history_is_known_the_item_is_popular():
    (reason,) = ItemKNN().fit(LOG).explain(["never", "nie"], "b")
    assert (reason.text, reason.weight, reason.items) == ("nothing in the history is known, and b is popular", 3.0, ("b",))


def test_weights_of_the_history_count():
    model = ItemKNN().fit(LOG)
    history = Interactions.from_events(["u", "u", "u"], ["a", "d", "a"], [1, 2, 3])
    reasons = {reason.items[0]: reason.weight for reason in model.explain(history, "b")}
    assert reasons["a"] == pytest.approx(score(model, "b", ["u", "u"], ["a", "a"], [1, 3]), rel=1e-5)
    assert reasons["d"] == pytest.approx(score(model, "b", ["u"], ["d"], [2]), rel=1e-5)


def test_ratings_that_differ_have_different_reasons():
    random = np.random.default_rng(0)
    users = [f"u{user}" for user in range(40) for _ in range(4)]
    items = [f"i{item}" for _ in range(40) for item in random.choice(8, 4, replace=False)]
    model = SVDpp(n_factors=3, epochs=30, learning_rate=0.05).fit(Interactions.from_events(users, items, random.integers(1, 6, 160)))
    liked, disliked = (Interactions.from_events(["u", "u"], ["i1", "i2"], ratings) for ratings in ([5, 1], [1, 5]))
    assert model.explain(liked, "i4") != model.explain(disliked, "i4")


def test_what_is_popular_and_was_seen_can_be_explained_too():
    assert ItemKNN().fit(LOG).explain(["a", "b"], "b")[0].items == ("a",)


def test_an_item_that_is_unknown_is_refused():
    message = "the item 'x' is not known; name one that can be recommended"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        ItemKNN().fit(LOG).explain(["a"], "x")


@pytest.mark.parametrize(
    ("history", "what"),
    [
        ([], "an empty history"),
        (Interactions.from_histories({"u": []}), "an empty history"),
        (Interactions.from_histories({"u": ["a"], "v": ["b"]}), "2 histories"),
        (Interactions.from_histories({}), "0 histories"),
    ],
)
def test_one_history_with_an_item_in_it_is_asked_for(history, what):
    message = f"one history with an item in it can be explained (got {what}); pass the items of one user"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        ItemKNN().fit(LOG).explain(history, "b")


def test_what_cannot_learn_from_further_events_says_so():
    message = "SVDpp cannot learn from further events alone; fit it again, on the old events and the new ones"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        SVDpp(n_factors=2, epochs=1).fit(LOG).update(LOG)


@pytest.mark.parametrize("fields", [{}, {"popularity_penalty": 0.7}, {"blocked": ("d",)}, {"allowed": ("b", "c")}])
@pytest.mark.parametrize(
    "make", [ItemKNN, lambda **fields: EASE(l2=2.0, **fields), lambda **fields: SVDpp(n_factors=2, epochs=3, **fields)]
)
def test_the_scores_explained_are_those_of_the_ranking(make, fields):
    model = make(**fields).fit(LOG)
    asked = Interactions.from_histories({"one": ["a", "e"], "none": [], "other": ["b"], "unheard": ["x"]})
    with problems_to(lambda problem: None):
        ranking = model.recommend(asked, len(model.items_), exclude_seen=False)
        for place, item in enumerate(model.items_):
            expected = (ranking.scores * (ranking.rows == place)).sum(axis=1)
            np.testing.assert_allclose(model._scores_of(item, asked), expected, rtol=1e-5)


def test_diversity_of_a_ranking_is_no_matter_of_reasons():
    plain, diverse = (ItemKNN(diversity=diversity).fit(LOG).explain(["a", "d"], "b") for diversity in (0.0, 0.7))
    assert plain == diverse
