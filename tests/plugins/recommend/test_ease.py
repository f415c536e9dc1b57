"""EASE against its closed form in double precision, with dropout and without, and updates against a fit on everything."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.framework import DataError, Interactions
from asterism.plugins.recommend import ease
from asterism.plugins.recommend.ease import EASE


def random_log(seed, n_users=60, n_items=25, n_events=400, name="user"):
    random = np.random.default_rng(seed)
    users = [f"{name} {user}" for user in random.integers(0, n_users, n_events)]
    items = [f"item {item}" for item in random.integers(0, n_items, n_events)]
    return Interactions.from_events(users, items, random.choice([0.5, 1, 2, 3], n_events))


def dense(log, items):
    matrix = np.zeros((len(log), len(items)))
    for user in range(len(log)):
        for event in range(log.indptr[user], log.indptr[user + 1]):
            matrix[user, items.index(log.items[log.indices[event]])] += log.weights[event]
    return matrix


def closed_form(matrix, l2, dropout=0.0):
    """Return B, by the formulas of the two papers."""
    gram = matrix.T @ matrix
    held = np.diag(dropout / (1 - dropout) * np.diag(gram) + l2)
    inverse = np.linalg.inv(gram + held)
    mix = inverse / -np.diag(inverse)
    np.fill_diagonal(mix, 0)
    return mix


def scores_of(model, log):
    """Return the scores of all items, in the order of `items_`."""
    ranking = model.recommend(log, len(model.items_), exclude_seen=False)
    scores = np.zeros(ranking.rows.shape)
    np.put_along_axis(scores, ranking.rows, ranking.scores, axis=1)
    return scores


@settings(deadline=None, max_examples=20)  # SciPy is imported and loops are compiled in the first example
@given(st.integers(0, 1000), st.sampled_from([1.0, 20.0, 250.0]), st.sampled_from([0.0, 0.2, 0.7]))
def test_scores_are_those_of_the_closed_form(seed, l2, dropout):
    log = random_log(seed)
    model = EASE(l2=l2, dropout=dropout).fit(log)
    matrix = dense(log, model.items_)
    np.testing.assert_allclose(scores_of(model, log), matrix @ closed_form(matrix, l2, dropout), atol=2e-4)


def test_the_closed_form_is_the_least_loss_with_a_diagonal_of_zeros():
    """A step away from it in any direction, the diagonal staying zero, the loss is larger."""
    log = random_log(1)
    model = EASE(l2=5.0).fit(log)
    matrix, random = dense(log, model.items_), np.random.default_rng(0)
    mix = model.precision_ / -np.diag(model.precision_)
    np.fill_diagonal(mix, 0)

    def loss(mix):
        return ((matrix - matrix @ mix) ** 2).sum() + 5.0 * (mix**2).sum()

    for _ in range(20):
        step = random.normal(size=mix.shape) * 0.01
        np.fill_diagonal(step, 0)
        assert loss(mix + step) > loss(mix)


def test_no_item_predicts_itself():
    log = Interactions.from_histories({"u": ["a"], "v": ["b"], "w": ["c", "d"]})
    model = EASE(l2=1.0).fit(log)
    scores = scores_of(model, Interactions.from_histories({"new": ["a"]}))
    np.testing.assert_allclose(scores, 0, atol=1e-6)


def test_the_inverse_is_whole_where_it_is_mirrored_in_blocks():
    random = np.random.default_rng(0)
    rows = random.normal(size=(1500, 1100)).astype(np.float32)
    gram = np.asfortranarray(rows.T @ rows + 100 * np.eye(1100, dtype=np.float32))
    inverse = ease._inverse(gram.copy(order="F"))
    assert inverse.flags.c_contiguous
    np.testing.assert_array_equal(inverse, inverse.T)
    np.testing.assert_allclose(inverse @ gram, np.eye(1100), atol=1e-3)


@pytest.mark.parametrize(("n_new", "at_once"), [(1, 1024), (7, 7), (60, 1024), (60, 7)])
def test_an_update_is_a_fit_on_all_users(monkeypatch, n_new, at_once):
    monkeypatch.setattr(ease, "USERS_AT_ONCE", at_once)
    earlier, later = random_log(2), random_log(3, n_users=n_new, n_items=32, n_events=8 * n_new, name="new user")
    users, items = (
        [*(getattr(log, name)[at] for log in (earlier, later) for at in find(log))] for name, find in (("users", owners), ("items", cells))
    )
    together = Interactions.from_events(users, items, np.concatenate([earlier.weights, later.weights]))
    fitted, updated = EASE(l2=10.0).fit(together), EASE(l2=10.0).fit(earlier).update(later)
    assert updated.items_ == fitted.items_
    np.testing.assert_array_equal(updated.popularity_, fitted.popularity_)
    assert (updated.precision_.dtype, updated.precision_.flags.c_contiguous) == (np.float32, True)
    np.testing.assert_allclose(updated.precision_, fitted.precision_, atol=1e-6)
    np.testing.assert_allclose(scores_of(updated, together), scores_of(fitted, together), atol=1e-4)


def owners(log):
    return np.repeat(np.arange(len(log)), np.diff(log.indptr)).tolist()


def cells(log):
    return log.indices.tolist()


def test_an_update_with_dropout_is_refused():
    model = EASE(dropout=0.5).fit(random_log(0))
    message = (
        "ease with dropout cannot learn from further events alone: the weight of every item changes; "
        "fit it again, on the old events and the new ones, or set dropout to 0"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        model.update(random_log(1))


def test_an_update_refuses_bad_weights_and_changes_nothing():
    model = EASE().fit(random_log(0))
    before = model.precision_.copy(), list(model.items_)
    with pytest.raises(DataError, match=r"must be above 0 and finite \(got -1.0\) \(records 'w'\)"):
        model.update(Interactions.from_events(["w"], ["c"], [-1]))
    np.testing.assert_array_equal(model.precision_, before[0])
    assert model.items_ == before[1]


def test_too_many_items_are_refused(monkeypatch):
    monkeypatch.setattr(ease, "MOST_ITEMS", 3)
    message = (
        "ease holds a table of all pairs of items, and there are 4; "
        "drop rare items with min_item_events, or take slim, which keeps a few neighbours of each item"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        EASE().fit(Interactions.from_histories({"u": list("abcd")}))
    model = EASE().fit(Interactions.from_histories({"u": list("abc")}))
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        model.update(Interactions.from_histories({"v": ["d"]}))


def test_items_that_cannot_be_told_apart_are_refused_with_the_way_out():
    log = Interactions.from_events(["u", "u"], ["a", "b"], [2**15, 2**15])
    with pytest.raises(DataError, match=r"^the items are too much alike to be told apart in float32; raise l2$"):
        EASE(l2=1e-3).fit(log)
