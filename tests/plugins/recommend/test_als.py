"""Alternating least squares against dense normal equations, and items folded in later."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from asterism.framework import DataError, Interactions
from asterism.plugins.recommend import least_squares
from asterism.plugins.recommend.als import ALS
from asterism.plugins.recommend.least_squares import LeastSquares


def random_log(seed, n_users=30, n_items=20, n_events=250, name="user"):
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


def normal_equations(matrix, others, l2, alpha):
    """Solve each row with every pair in the sum, touched or not."""
    found = np.zeros((len(matrix), others.shape[1]))
    for row, weights in enumerate(matrix):
        counts = 1 + alpha * weights
        left = (others * counts[:, None]).T @ others + l2 * np.eye(others.shape[1])
        found[row] = np.linalg.solve(left, others.T @ (counts * (weights > 0)))
    return found


@settings(deadline=None, max_examples=40)  # loops are compiled in the first example
@given(st.integers(0, 1000), st.sampled_from([0.0, 0.3, 10.0]), st.sampled_from([0.5, 30.0]), st.sampled_from([1, 3, 8, 21]))
def test_rows_solve_the_normal_equations(seed, alpha, l2, n_factors):
    """Rows with fewer entries than there are factors, as many, more, and none."""
    random = np.random.default_rng(seed)
    lengths = np.array([0, 1, n_factors - 1, n_factors, n_factors + 1, 25]).clip(0, 25)
    matrix = np.zeros((len(lengths), 25), np.float32)
    for row, length in enumerate(lengths):
        matrix[row, random.choice(25, length, replace=False)] = random.choice([0.5, 1, 4], length)
    others = random.normal(size=(25, n_factors)).astype(np.float32)
    found = LeastSquares(others, l2, alpha)(csr_matrix(matrix))
    expected = normal_equations(matrix.astype(np.float64), others.astype(np.float64), l2, alpha)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_rows_in_several_threads_get_the_same_bits(monkeypatch):
    random = np.random.default_rng(0)
    matrix = csr_matrix((random.random((50, 25)) < 0.3).astype(np.float32))
    solve = LeastSquares(random.normal(size=(25, 6)).astype(np.float32), 1.0, 2.0)
    whole = solve(matrix)
    monkeypatch.setattr(least_squares, "ROWS_AT_ONCE", 7)
    np.testing.assert_array_equal(solve(matrix), whole)


def test_as_many_conjugate_gradients_as_factors_reach_the_solution_and_few_come_near():
    random = np.random.default_rng(0)
    matrix = csr_matrix((random.random((300, 25)) < 0.3).astype(np.float32))  # more rows than one thread takes at a time
    solve = LeastSquares(random.normal(size=(25, 6)).astype(np.float32), 1.0, 2.0)
    exact, start = solve(matrix), random.normal(size=(300, 6)).astype(np.float32)
    off = []
    for steps in (0, 3, 6):
        rows = start.copy()
        solve.approach(matrix, rows, steps)
        off.append(float(np.abs(rows - exact).max()))
    assert off[0] > 2 * off[1] > 100 * off[2]
    assert off[2] < 1e-2


def test_rounds_of_conjugate_gradients_rank_as_exact_ones():
    log = random_log(0)
    cg, exact = (ALS(n_factors=4, l2=2.0, solver=solver, max_iter=50).fit(log) for solver in ("cg", "cholesky"))
    np.testing.assert_array_equal(cg.recommend(log, 3).rows, exact.recommend(log, 3).rows)


@pytest.mark.parametrize("alpha", [0.0, 5.0])
def test_a_fit_alternates_between_users_and_items(alpha):
    log = random_log(0)
    model = ALS(n_factors=4, alpha=alpha, l2=2.0, solver="cholesky", max_iter=3, random_state=7).fit(log)
    matrix = dense(log, model.items_)
    items = np.random.default_rng(7).normal(size=(len(model.items_), 4)) * 0.01
    for _ in range(3):
        users = normal_equations(matrix, items, 2.0, alpha)
        items = normal_equations(matrix.T, users, 2.0, alpha)
    np.testing.assert_allclose(model.item_factors_, items, rtol=2e-3, atol=1e-4)
    users = normal_equations(matrix, items, 2.0, alpha)
    ranking = model.recommend(log, 5, exclude_seen=False)
    expected = np.take_along_axis(users @ items.T, ranking.rows, axis=1)
    np.testing.assert_allclose(ranking.scores, expected, rtol=1e-2, atol=1e-3)


def loss(matrix, users, items, l2, alpha):
    errors = (1 + alpha * matrix) * ((matrix > 0) - users @ items.T) ** 2
    return errors.sum() + l2 * ((users**2).sum() + (items**2).sum())


def test_every_round_lowers_the_loss():
    log, losses = random_log(1), []
    for max_iter in (1, 2, 3, 5, 10):
        items = ALS(n_factors=5, l2=1.0, alpha=3.0, max_iter=max_iter).fit(log)
        matrix = dense(log, items.items_)
        users = normal_equations(matrix, items.item_factors_.astype(np.float64), 1.0, 3.0)
        losses.append(loss(matrix, users, items.item_factors_, 1.0, 3.0))
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("alpha", [0.0, 5.0])
def test_an_update_folds_new_items_in_and_leaves_the_others_to_the_bit(alpha):
    model = ALS(n_factors=4, alpha=alpha, l2=2.0, max_iter=3).fit(random_log(0))
    old_items, old = list(model.items_), model.item_factors_.copy()
    popularity = dict(zip(old_items, model.popularity_.tolist(), strict=True))
    later = random_log(9, n_items=26, n_events=120, name="new")
    model.update(later)
    new_items = sorted(set(later.items) - set(old_items))
    assert new_items
    assert set(model.items_) == {*old_items, *new_items}
    places = [model.items_.index(item) for item in old_items]
    np.testing.assert_array_equal(model.item_factors_[places].view(np.int32), old.view(np.int32))
    users = normal_equations(dense(later, old_items + new_items)[:, : len(old_items)], old.astype(np.float64), 2.0, alpha)
    expected = normal_equations(dense(later, old_items + new_items)[:, len(old_items) :].T, users, 2.0, alpha)
    np.testing.assert_allclose(model.item_factors_[[model.items_.index(item) for item in new_items]], expected, rtol=1e-3, atol=1e-4)
    counts = {item: popularity.get(item, 0) + len({u for u in range(len(later)) if item in later[u]}) for item in model.items_}
    assert model.popularity_.tolist() == list(counts.values())
    assert model.items_ == sorted(model.items_, key=lambda item: (-counts[item], item))


def test_what_nobody_touches_in_an_update_is_no_new_item():
    model = ALS(n_factors=2, max_iter=1).fit(Interactions.from_histories({"u": ["a", "b"], "v": ["a"]}))
    later = Interactions.from_histories({"w": ["a", "c"], "x": ["b", "d"]}).for_users(["w"])
    assert "d" in later.items
    assert model.update(later).items_ == ["a", "b", "c"]


def test_an_update_refuses_bad_weights_and_changes_nothing():
    model = ALS(n_factors=2, max_iter=1).fit(random_log(0))
    before = model.item_factors_.copy()
    with pytest.raises(DataError, match=r"must be above 0 and finite \(got nan\) \(records 'w'\)"):
        model.update(Interactions.from_events(["w"], ["c"], [np.nan]))
    np.testing.assert_array_equal(model.item_factors_, before)


def test_another_seed_begins_elsewhere():
    one, other = (ALS(n_factors=4, max_iter=1, random_state=seed).fit(random_log(0)).item_factors_ for seed in (0, 1))
    assert not np.allclose(one, other)
